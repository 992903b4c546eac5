#include "probes/source.hpp"

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "nn/device.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace strata::probes {
using nlohmann::json;

namespace {

const char* fit_name(image::Fit mode) {
  switch (mode) {
    case image::Fit::crop:
      return "crop";
    case image::Fit::pad:
      return "pad";
    case image::Fit::squash:
      return "squash";
    case image::Fit::none:
      return "none";
  }
  throw Fault("a fit without a name");
}

const char* precision_name(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "float32";
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    default:
      throw Fault("a precision without a name");
  }
}

at::ScalarType precision_from(const std::string& name) {
  if (name == "float16") return at::kHalf;
  return name == "bfloat16" ? at::kBFloat16 : at::kFloat;
}

json input_record(const nn::Preprocessing& input, const image::FitOptions& fit) {
  json record = {{"bgr", input.bgr},
                 {"range", input.range},
                 {"mean", input.mean},
                 {"std", input.std},
                 {"interpolation", input.interpolation},
                 {"fit", fit_name(fit.mode)},
                 {"size", fit.size}};
  if (fit.mode == image::Fit::crop) record["resize"] = fit.resize;
  if (fit.mode == image::Fit::pad) record["pad_value"] = fit.pad_value;
  return record;
}

}  // namespace

image::FitOptions fit_options(const nn::Preprocessing& input, const ExtractionChoice& choice) {
  image::FitOptions fit;
  fit.mode = image::fit_from(choice.fit);
  fit.interpolation = image::interpolation_from(input.interpolation);
  fit.size = choice.size.value_or(input.size);
  // Another size keeps the card's ratio of the scaled short side to the crop.
  fit.resize = (fit.size * input.resize + input.size / 2) / input.size;
  return fit;
}

FeatureSource open_source(const NetworkChoice& network,
                          const std::vector<Feature>& features,
                          const ExtractionChoice& choice,
                          Log& log,
                          CardLayers layers) {
  nn::set_threads(choice.threads);
  FeatureSource source;
  source.policy.device = nn::resolve_device(choice.device);
  source.policy.precision = precision_from(choice.precision);
  source.batch = choice.batch;
  source.max_bad = choice.max_bad;
  source.weights_key = network.request.weights_key;

  const nn::NetworkSource opened =
      nn::open_network(network.request, nn::ModelPaths::standard(), log);
  const nn::Card& card = opened.card;
  const std::vector<std::string> taps =
      !network.taps.empty() ? network.taps
                            : default_taps(opened, layers == CardLayers::style ? card.style_layers
                                                                               : card.probe_layers);
  source.network = std::make_shared<const nn::Network>(opened.load(taps, nn::Depth::as_stored));
  source.fit = fit_options(source.network->card.input, choice);

  for (const Tap& tap : taps_of(source.network->graph, taps, source.fit.size)) {
    for (const Feature& feature : features) {
      if (applies(feature, tap.shape)) {
        source.columns.push_back({tap, feature, {}});
      } else {
        source.left_out.push_back(
            fmt::format("{} at {}: the layer has one position only", feature.name, tap.title));
      }
    }
  }
  if (source.columns.empty()) {
    throw UsageError("features: none of them fits any of the taps; " + source.left_out.front());
  }
  return source;
}

data::LoaderOptions loader_options(const FeatureSource& source) {
  data::LoaderOptions options;
  options.fit = source.fit;
  options.batch = source.batch;
  options.max_bad = source.max_bad;
  // Decoding a picture takes a small part of the time of its forward pass.
  options.threads = std::clamp<int64_t>(nn::available_processors() / 2, 1, 8);
  return options;
}

void set_keys(FeatureSource& source, const std::string& dtype) {
  for (FeatureColumn& column : source.columns) {
    const int64_t channels = column.tap.channels();
    column.key.dims = dims(column.feature, channels);
    column.key.dtype = precision_from(dtype);
    column.key.definition = {{"schema", kStoreSchema},
                             {"network", source.network->card.name},
                             {"weights", source.network->parameters.identity},
                             {"weights_key", source.weights_key},
                             {"graph", column.tap.signature},
                             {"tap", column.tap.name},
                             {"input", input_record(source.network->card.input, source.fit)},
                             {"feature", definition(column.feature, channels)},
                             {"precision", precision_name(source.policy.precision)},
                             {"dtype", dtype}};
    column.key.hash = sha256_hex(column.key.definition.dump());
  }
}

json FeatureSource::record() const {
  return {{"network", network->card.name},
          {"weights", network->parameters.source},
          {"weights_sha256", network->parameters.identity},
          {"family", network->card.family},
          {"device", policy.device.str()},
          {"device_title", nn::device_title(policy.device)},
          {"precision", precision_name(policy.precision)},
          {"input", input_record(network->card.input, fit)},
          {"left_out", left_out}};
}

}  // namespace strata::probes

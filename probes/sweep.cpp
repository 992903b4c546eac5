#include "probes/sweep.hpp"

#include "base/error.hpp"
#include "base/options.hpp"

#include <algorithm>
#include <cmath>

namespace strata::probes {
using nlohmann::json;

namespace {

std::vector<nn::NetworkRequest> networks_from(const Config& config, const Config& overrides) {
  std::vector<nn::NetworkRequest> networks;
  for (Config item : config.children("networks", "card")) {
    nn::NetworkRequest request;
    request.network = item.require_string("card");
    request.weights = item.get_string("weights", "");
    request.weights_key = item.get_string("weights_key", "");
    request.overrides.merge(item.take("set", "card"));
    request.overrides.merge(overrides);
    item.finish();
    networks.push_back(request);
  }
  if (networks.empty()) {
    nn::NetworkRequest request;
    request.network = nn::kDefaultNetwork;
    request.overrides.merge(overrides);
    networks.push_back(request);
  }
  return networks;
}

DataChoice data_from(const Config& config) {
  DataChoice data;
  data.path = config.require_string("path");
  data.layout =
      config.get_choice("layout", data.layout, {"auto", "class", "domain/class", "manifest"});
  data.label = config.get_choice("label", data.label, {"class", "domain"});
  data.domains = config.get_strings("domains", {});
  data.classes = config.get_strings("classes", {});
  config.finish();
  return data;
}

constexpr Range kLambda{1e-12, 1e12};
constexpr double kFrom = 10.0, kTo = 1e-6;
constexpr int64_t kCount = 8;

std::vector<double> lambdas_from(const Config& probe) {
  std::vector<double> lambdas;
  if (probe.is_mapping("lambdas") || !probe.has("lambdas")) {
    const Config range = probe.child("lambdas");
    const double from = range.get_number("from", kFrom, kLambda);
    const double to = range.get_number("to", kTo, kLambda);
    const int64_t count = range.get_int("count", kCount, {1, 1000});
    range.finish();
    lambdas = log_spaced(from, to, count);
  } else {
    lambdas = probe.get_numbers("lambdas", {}, kLambda);
  }
  if (lambdas.empty()) probe.fail("lambdas", "is an empty list, expected numbers");
  std::sort(lambdas.begin(), lambdas.end(), std::greater<>());
  lambdas.erase(std::unique(lambdas.begin(), lambdas.end()), lambdas.end());
  return lambdas;
}

ProbeChoice probe_from(const Config& config) {
  ProbeChoice probe;
  probe.kind = config.get_choice("kind", probe.kind, {"logistic"});
  probe.lambdas = lambdas_from(config);
  // Choosing lambda inside a fold takes two more: one to train and one to judge.
  probe.folds = config.get_int("folds", probe.folds, {3, 100});
  probe.repeats = config.get_int("repeats", probe.repeats, {1, 100});
  probe.tolerance = config.get_number("tolerance", probe.tolerance, {1e-8, 1e-2});
  config.finish();
  return probe;
}

}  // namespace

std::vector<double> log_spaced(double from, double to, int64_t count) {
  STRATA_CHECK(from > 0 && to > 0 && count > 0, "a range of positive numbers");
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) {
    const double t = count == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(count - 1);
    double value = std::pow(10.0, (1 - t) * std::log10(from) + t * std::log10(to));
    // 0.001 rather than 0.00099999999999999: people meet these numbers again in tables.
    const double magnitude = std::pow(10.0, 11 - std::floor(std::log10(value)));
    value = std::round(value * magnitude) / magnitude;
    values.push_back(i == 0 ? from : i + 1 == count ? to : value);
  }
  return values;
}

Sweep Sweep::from(const Config& config, const Config& overrides) {
  Sweep sweep;
  sweep.networks = networks_from(config, overrides);
  sweep.taps = config.get_strings("taps", {});
  sweep.features = features_from(config.get_strings("features", {"gap"}));
  OptionReader reader(config);
  sweep.extraction.describe(reader);
  sweep.dtype = config.get_choice("dtype", sweep.dtype, {"float32", "float16"});
  sweep.probe = probe_from(config.child("probe"));
  const Config split = config.child("split");
  sweep.test = split.get_number("test", sweep.test, {0, 0.9});
  split.finish();
  sweep.seed = config.get_int("seed", sweep.seed, {0, 9007199254740992.0});
  sweep.store = config.get_string("store", "");
  const bool has_data = config.has("data");
  const Config data = config.child("data");
  if (has_data) sweep.data = data_from(data);
  config.finish();  // a misspelt `data` is named before a missing one
  if (!has_data) config.fail("data", "is missing; data: {path: DIR} says where the pictures are");
  return sweep;
}

json Sweep::to_json() const {
  json record = json::object();
  OptionRecorder recorder(record);
  ExtractionChoice copy = extraction;
  copy.describe(recorder);
  record["networks"] = json::array();
  for (const nn::NetworkRequest& network : networks) {
    record["networks"].push_back({{"card", network.network},
                                  {"weights", network.weights},
                                  {"weights_key", network.weights_key},
                                  {"set", network.overrides.to_json()}});
  }
  record["data"] = {{"path", data.path.string()},
                    {"layout", data.layout},
                    {"label", data.label},
                    {"domains", data.domains},
                    {"classes", data.classes}};
  record["taps"] = taps;
  record["features"] = json::array();
  for (const Feature& feature : features) record["features"].push_back(feature.name);
  record["probe"] = {{"kind", probe.kind},
                     {"lambdas", probe.lambdas},
                     {"folds", probe.folds},
                     {"repeats", probe.repeats},
                     {"tolerance", probe.tolerance}};
  record["split"] = {{"test", test}};
  record["seed"] = seed;
  record["store"] = store.string();
  record["dtype"] = dtype;
  return record;
}

}  // namespace strata::probes

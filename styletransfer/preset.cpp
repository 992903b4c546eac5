#include "styletransfer/preset.hpp"

#include "base/config.hpp"
#include "base/enum_names.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

namespace fs = std::filesystem;

constexpr Range kPositive{std::numeric_limits<double>::min(), std::numeric_limits<double>::max()};
constexpr Range kNotNegative{0.0, std::numeric_limits<double>::max()};
constexpr Range kSide{1, 1 << 20};
constexpr Range kIterations{1, 1e6};
constexpr Range kSamples{2, 8192};

const EnumNames<ContentLoss>& content_losses() {
  static const EnumNames<ContentLoss> names("content loss",
                                            {{"mse", ContentLoss::mse},
                                             {"scaled-mse", ContentLoss::scaled_mse},
                                             {"self-similarity", ContentLoss::self_similarity}});
  return names;
}

const EnumNames<StyleLoss>& style_losses() {
  static const EnumNames<StyleLoss> names("style loss", {{"gram", StyleLoss::gram},
                                                         {"scaled-gram", StyleLoss::scaled_gram},
                                                         {"mean-std", StyleLoss::mean_std},
                                                         {"w2", StyleLoss::w2}});
  return names;
}

const EnumNames<OptimizerSettings::Kind>& optimizers() {
  static const EnumNames<OptimizerSettings::Kind> names(
      "optimizer:",
      {{"lbfgs", OptimizerSettings::Kind::lbfgs}, {"adam", OptimizerSettings::Kind::adam}});
  return names;
}

// "card" leaves the choice to the network's card.
std::vector<LayerWeight> read_layers(const Config& config) {
  const auto texts = config.get_strings("layers", {"card"});
  if (texts == std::vector<std::string>{"card"}) return {};
  return parse_layers(config.source() + ": " + config.path() + ".layers", texts);
}

ContentSettings read_content(const Config& config) {
  ContentSettings content;
  content.weight = config.require_number("weight", kPositive);
  content.loss = content_loss_from(config.get_choice("loss", "mse", content_loss_names()));
  if (content.loss == ContentLoss::mse) {
    content.normalisation = content_normalisation_from(
        config.get_choice("normalisation", "none", content_normalisation_names()));
  }
  content.samples = config.get_int("samples", content.samples, kSamples);
  content.layers = read_layers(config);
  return content;
}

StyleSettings read_style(const Config& config) {
  StyleSettings style;
  style.weight = config.require_number("weight", kPositive);
  style.per_channels_squared = config.get_bool("per_channels_squared", false);
  style.loss = style_loss_from(config.get_choice("loss", "gram", style_loss_names()));
  if (style.loss == StyleLoss::gram) {
    style.normalisation = gram_normalisation_from(
        config.get_choice("normalisation", "positions", gram_normalisation_names()));
  } else if (style.loss != StyleLoss::scaled_gram &&
             config.get_choice("normalisation", "none", {"none", "target"}) == "target") {
    style.normalisation = GramNormalisation::target;
  }
  style.epsilon = config.get_number("epsilon", style.epsilon, kNotNegative);
  style.root = matrix_root_from(config.get_choice("root", "exact", matrix_root_names()));
  style.mean_std_weight = config.get_number("mean_std_weight", 0.0, kNotNegative);
  style.layers = read_layers(config);
  return style;
}

TotalVariationSettings read_total_variation(const Config& config) {
  TotalVariationSettings settings;
  settings.form =
      total_variation_from(config.get_choice("form", "l1-sum", total_variation_names()));
  settings.weight = config.get_number("weight", 0.0, kNotNegative);
  return settings;
}

ScheduleRule read_schedule(const Config& config) {
  ScheduleRule rule;
  if (config.is_list("scales")) {
    for (const Config& item : config.children("scales")) {
      rule.fixed.push_back(
          {item.get_int("size", 0, kSide), item.require_int("iterations", kIterations)});
    }
    if (rule.fixed.empty()) config.fail("scales", "an empty list");
    return rule;
  }
  const Config scales = config.child("scales");
  rule.smallest = scales.get_int("smallest", rule.smallest, kSide);
  rule.ratio = scales.get_number("ratio", rule.ratio, {1.05, 16.0});
  rule.iterations = scales.require_int("iterations", kIterations);
  rule.first_iterations = scales.get_int("first_iterations", rule.iterations, kIterations);
  if (scales.get_choice("between", "even", {"even", "last"}) == "last") {
    rule.between = ScheduleRule::Between::last;
  }
  return rule;
}

OptimizerSettings read_optimizer(const Config& config) {
  OptimizerSettings settings;
  settings.kind = optimizer_from(config.get_choice("optimizer", "lbfgs", optimizer_names()));
  settings.history = config.child("lbfgs").get_int("history", settings.history, {1, 200});
  const Config adam = config.child("adam");
  settings.learning_rate = adam.get_number("learning_rate", settings.learning_rate, kPositive);
  settings.beta1 = adam.get_number("beta1", settings.beta1, {0.0, 0.999999});
  settings.beta2 = adam.get_number("beta2", settings.beta2, {0.0, 0.999999});
  settings.epsilon = adam.get_number("epsilon", settings.epsilon, kPositive);
  return settings;
}

Rewrites read_rewrites(const Config& config) {
  Rewrites rewrites;
  if (config.has("pooling")) {
    rewrites.pooling = config.get_choice("pooling", "max", {"max", "average"}) == "max"
                           ? nn::Pool2d::Kind::max
                           : nn::Pool2d::Kind::average;
  }
  rewrites.pooling_ceil = config.get_bool("pooling_ceil", false);
  if (config.has("first_padding")) {
    rewrites.first_padding =
        config.get_choice("first_padding", "zeros", {"zeros", "replicate"}) == "zeros"
            ? nn::Padding::zeros
            : nn::Padding::replicate;
  }
  rewrites.input_scale = config.get_number("input_scale", 1.0, {0.5, 2.0});
  return rewrites;
}

Preset read_preset(const std::string& name, const fs::path& file) {
  const Config config = Config::from_file(file);
  Preset preset;
  preset.name = name;
  preset.title = config.require_string("title");
  preset.source = config.get_string("source", "");
  preset.network = config.require_string("network");
  preset.family = config.get_string("family", "");
  preset.pixel_scale = config.require_number("pixel_scale", {1.0, 256.0});
  const Config resize = config.child("resize");
  preset.interpolation =
      image::interpolation_from(resize.get_string("interpolation", "bicubic-antialias"));
  preset.eight_bit = resize.get_bool("eight_bit", false);
  preset.sides = resize.get_choice("sides", "nearest", {"nearest", "down"}) == "down"
                     ? SideRounding::down
                     : SideRounding::nearest;
  preset.rewrites = read_rewrites(config.child("rewrites"));
  preset.content = read_content(config.child("content"));
  preset.style = read_style(config.child("style"));
  preset.total_variation = read_total_variation(config.child("total_variation"));
  if (config.has("strength")) preset.strength = config.require_number("strength", {0.0, 1.0});
  preset.init = config.get_choice("init", "content", {"content", "random", "style-stats"});
  preset.random_sigma = config.get_number("random_sigma", 0.0, kNotNegative);
  preset.size = config.get_int("size", preset.size, kSide);
  preset.schedule = read_schedule(config);
  preset.optimizer = read_optimizer(config);
  config.finish();
  return preset;
}

bool is_path(const std::string& name) {
  return name.find('/') != std::string::npos || fs::path(name).extension() == ".yaml";
}

}  // namespace

std::vector<std::string> content_loss_names() { return content_losses().names(); }
ContentLoss content_loss_from(const std::string& name) { return content_losses().value(name); }
std::string content_loss_name(ContentLoss loss) { return content_losses().name(loss); }

std::vector<std::string> style_loss_names() { return style_losses().names(); }
StyleLoss style_loss_from(const std::string& name) { return style_losses().value(name); }
std::string style_loss_name(StyleLoss loss) { return style_losses().name(loss); }

std::vector<std::string> optimizer_names() { return optimizers().names(); }
OptimizerSettings::Kind optimizer_from(const std::string& name) { return optimizers().value(name); }

std::vector<fs::path> preset_folders(const nn::ModelPaths& paths) {
  std::vector<fs::path> folders;
  for (const fs::path& cards : paths.cards) folders.push_back(cards.parent_path() / "presets");
  return folders;
}

std::vector<std::string> preset_names(const nn::ModelPaths& paths) {
  std::set<std::string> names;
  for (const fs::path& folder : preset_folders(paths)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".yaml") names.insert(entry.path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

Preset load_preset(const std::string& name, const nn::ModelPaths& paths) {
  if (is_path(name)) return read_preset(fs::path(name).stem().string(), name);
  for (const fs::path& folder : preset_folders(paths)) {
    const fs::path file = folder / (name + ".yaml");
    std::error_code error;
    if (fs::is_regular_file(file, error)) return read_preset(name, file);
  }
  const auto names = preset_names(paths);
  throw UsageError(fmt::format("preset \"{}\" is not one of {}{}", name, join(names),
                               did_you_mean(name, names)));
}

void check_family(const Preset& preset, const nn::Card& card) {
  if (preset.family.empty() || preset.family == card.family) return;
  throw UsageError(
      fmt::format("preset {} is made for the weights of {}, and network {} has those of {}: its "
                  "terms would mean "
                  "something else there; take preset strata, or a network of that family",
                  preset.name, preset.family, card.name,
                  card.family.empty() ? "no known family" : card.family));
}

}  // namespace strata::styletransfer

#include "nn/card.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "image/tensor.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <set>
#include <system_error>

#include <fmt/format.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;

constexpr Range kSide{1, 65536};
constexpr Range kPositive{std::numeric_limits<double>::min(), std::numeric_limits<double>::max()};
constexpr size_t kShortestDigest = 8;
constexpr size_t kWholeDigest = 64;

// Every reader takes what its mapping says and leaves the rest as it is, so that the same reader
// serves the card and what overrides it.

Padding padding_from(const Config& config, Padding fallback) {
  const std::vector<std::string> names = {"zeros", "reflect", "replicate", "circular"};
  const std::string name =
      config.get_choice("padding", names[static_cast<size_t>(fallback)], names);
  return static_cast<Padding>(std::find(names.begin(), names.end(), name) - names.begin());
}

std::vector<Projection> read_projections(const Config& config) {
  std::vector<Projection> projections;
  for (const Config& item : config.children("projections")) {
    projections.push_back({.name = item.require_string("name"),
                           .on = item.require_string("on"),
                           .width = item.require_int("width", {1, 65536}),
                           .alias = item.require_string("alias")});
  }
  return projections;
}

void read_architecture(const Config& config, Architecture& architecture) {
  architecture.builder = config.get_choice("builder", architecture.builder, builder_names());
  if (architecture.builder.empty()) config.fail("builder", "is missing");
  architecture.variant =
      config.get_choice("variant", architecture.variant, variants_of(architecture.builder));
  architecture.classes = config.get_int("classes", architecture.classes, {1, 1e6});
  architecture.widths = config.get_ints("widths", architecture.widths, {1, 65536});
  architecture.padding = padding_from(config, architecture.padding);
  if (config.has("projections")) architecture.projections = read_projections(config);
}

std::vector<double> one_per_channel(const Config& config,
                                    const std::string& key,
                                    const std::vector<double>& fallback,
                                    const Range& range) {
  std::vector<double> values = config.get_numbers(key, fallback, range);
  if (values.size() != 3) {
    config.fail(key, fmt::format("found {} numbers, expected one a channel: 3", values.size()));
  }
  return values;
}

void read_input(const Config& config, Preprocessing& input) {
  input.bgr = config.get_choice("channels", input.bgr ? "bgr" : "rgb", {"rgb", "bgr"}) == "bgr";
  input.range = config.get_number("range", input.range, kPositive);
  input.mean = one_per_channel(config, "mean", input.mean, {});
  input.std = one_per_channel(config, "std", input.std, kPositive);
  input.size = config.get_int("size", input.size, kSide);
  input.resize = config.get_int("resize", std::max(input.resize, input.size), kSide);
  if (input.resize < input.size) {
    config.fail("resize", fmt::format("found {}, but pictures of size {} are cut out of it",
                                      input.resize, input.size));
  }
  input.interpolation = config.get_string("interpolation", input.interpolation);
  try {
    image::interpolation_from(input.interpolation);
  } catch (const UsageError& error) {
    config.fail("interpolation", error.what());
  }
}

std::string digest_from(const Config& config) {
  std::string digest = config.get_string("sha256", "");
  std::transform(digest.begin(), digest.end(), digest.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool hexadecimal = digest.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!digest.empty() &&
      (!hexadecimal || digest.size() < kShortestDigest || digest.size() > kWholeDigest)) {
    config.fail("sha256", fmt::format("found '{}', expected {} to {} hexadecimal digits", digest,
                                      kShortestDigest, kWholeDigest));
  }
  return digest;
}

WeightsEntry read_entry(const Config& config, const Preprocessing& of_card) {
  WeightsEntry entry;
  entry.file = config.require_string("file");
  if (entry.file.empty() || entry.file.find('/') != std::string::npos) {
    config.fail("file",
                fmt::format("found '{}', expected a file's name without a folder", entry.file));
  }
  entry.url = config.get_string("url", "");
  entry.sha256 = digest_from(config);
  entry.key = config.get_string("key", "");
  const Config rename = config.child("rename");
  for (const std::string& name : rename.keys()) entry.rename[name] = rename.require_string(name);
  entry.ignore = config.get_strings("ignore", {});
  entry.first_layer_rms = config.get_numbers("first_layer_rms", {}, kPositive);
  if (entry.first_layer_rms.size() == 2 || entry.first_layer_rms.size() > 3) {
    config.fail("first_layer_rms", "expected one number, or one a channel: 3");
  }
  entry.input = of_card;
  read_input(config.child("input"), entry.input);
  return entry;
}

void read_keys(const Config& config, Card& card) {
  card.title = config.get_string("title", card.title);
  card.family = config.get_string("family", card.family);
  card.licence = config.get_string("licence", card.licence);
  read_architecture(config.child("architecture"), card.architecture);
  const Config input = config.child("input");
  read_input(input, card.input);
  for (WeightsEntry& entry : card.weights) read_input(input, entry.input);
  if (config.has("weights")) {
    card.weights.clear();
    for (const Config& entry : config.children("weights")) {
      card.weights.push_back(read_entry(entry, card.input));
    }
  }
  const Config layers = config.child("layers");
  card.content_layers = layers.get_strings("content", card.content_layers);
  card.style_layers = layers.get_strings("style", card.style_layers);
  card.probe_layers = layers.get_strings("probe", card.probe_layers);
  config.finish();
}

/// That the network can be built and has the layers.
void check_card(const Config& config, const Card& card) {
  Graph graph;
  const auto check = [&](const char* key, const auto& look) {
    try {
      look();
    } catch (const UsageError& error) {
      config.fail(key, error.what());
    }
  };
  check("architecture", [&] { graph = build(card.architecture); });
  check("layers.content", [&] {
    for (const std::string& layer : card.content_layers) graph.find(layer);
  });
  check("layers.style", [&] {
    for (const std::string& layer : card.style_layers) graph.find(layer);
  });
  check("layers.probe", [&] { graph.select(card.probe_layers); });
}

bool is_path(const std::string& name) {
  return name.find('/') != std::string::npos || fs::path(name).extension() == ".yaml";
}

fs::path file_of(const std::string& name, const ModelPaths& paths) {
  if (is_path(name)) return name;
  for (const fs::path& folder : paths.cards) {
    fs::path file = folder / (name + ".yaml");
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) return file;
  }
  const auto names = card_names(paths);
  throw UsageError(fmt::format("network: found '{}', expected a card's file or one of {}{}", name,
                               join(names), did_you_mean(name, names)));
}

}  // namespace

std::vector<std::string> card_names(const ModelPaths& paths) {
  std::set<std::string> names;
  for (const fs::path& folder : paths.cards) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (entry.path().extension() == ".yaml") names.insert(entry.path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

Card load_card(const std::string& name, const ModelPaths& paths, const Config& overrides) {
  const fs::path file = file_of(name, paths);
  Card card = read_card(Config::from_file(file), file.stem().string(), overrides);
  card.folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  return card;
}

Card read_card(const Config& config, const std::string& name, const Config& overrides) {
  Card card;
  card.name = name;
  config.require_string("title");
  read_keys(config, card);
  read_keys(overrides, card);
  if (card.family.empty()) card.family = card.name;
  check_card(config, card);
  Config resolved;
  resolved.merge(config);
  resolved.merge(overrides);
  card.resolved_yaml = resolved.to_yaml();
  return card;
}

}  // namespace strata::nn

#pragma once

#include "base/config.hpp"
#include "base/log.hpp"
#include "base/options.hpp"
#include "styletransfer/backbone.hpp"
#include "styletransfer/colour/mode.hpp"
#include "styletransfer/pictures.hpp"
#include "styletransfer/recipe.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace strata::styletransfer {

/// What an objective is made of, as the user says it; `stylize` and `score` share these options.
struct ObjectiveOptions {
  std::string network;  ///< empty: the preset's
  std::string weights;
  std::string weights_key;
  Config overrides;  ///< keys of the network's card
  std::string preset = "strata";
  std::vector<std::string> content_layers;  ///< empty: the preset's
  std::vector<std::string> style_layers;    ///< empty: the preset's
  std::optional<std::string> content_loss;  ///< absent: the preset's
  std::optional<std::string> style_loss;    ///< absent: the preset's
  std::string blend = "targets";            ///< of several styles
  std::optional<double> strength;
  std::vector<std::string> content_mask;  ///< load_masks says how they are paired
  std::vector<std::string> style_mask;
  std::string mask_rule = "inside";
  std::string style_size = "output";
  std::string colour = "style";
  std::string device = "auto";
  int64_t threads = 0;
  std::string precision = "float32";
  void describe(OptionVisitor& v);
};

MaskFiles mask_files(const ObjectiveOptions& options);

/// The same, resolved: everything loaded, every name checked.
struct Setting {
  Recipe recipe;
  StyleSize style_size;
  ColourMode colour = ColourMode::style;
  std::shared_ptr<const Backbone> backbone;
  /// What made a result: network, weights and their SHA-256, preset, layers, strength, device,
  /// precision, threads, version.
  nlohmann::json record() const;
};

/// Throws UsageError and InputError for whatever can be wrong with the options, before anything
/// long starts. Sets the threads of the process.
Setting resolve(const ObjectiveOptions& options, Log& log);

/// Throws InputError, naming the file, where a picture of `size` is too small for the network.
void check_size(const Backbone& backbone, const std::string& file, Size size);
bool fits(const Backbone& backbone, Size size);

}  // namespace strata::styletransfer

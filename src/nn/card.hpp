#pragma once

#include "base/config.hpp"
#include "nn/builders.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace strata::nn {

/// From a picture (RGB in [0, 1]) to the network's input: x' = (range * x_order - mean) / std.
/// `size` and `resize` are used by probes: fit to `size` after the short side was scaled to
/// `resize`.
struct Preprocessing {
  bool bgr = false;
  double range = 1.0;                 ///< 1 or 255
  std::vector<double> mean{0, 0, 0};  ///< in the network's channel order and range
  std::vector<double> std{1, 1, 1};
  int64_t size = 224;
  int64_t resize = 256;
  std::string interpolation = "bilinear-antialias";
};

struct WeightsEntry {
  std::string file;  ///< file name, looked for in the weight folders
  std::string url;
  std::string sha256;  ///< whole digest or a prefix of at least 8 digits; empty where unknown
  std::string key;     ///< where the state_dict lies inside the file; empty: found
};

/// A network as `configs/networks/NAME.yaml` describes it. docs/networks.md lists the keys.
struct Card {
  std::string name;
  std::string title;
  Architecture architecture;
  Preprocessing input;
  WeightsEntry weights;
  /// Which weights these are: networks of one topology and other weights are told apart by it
  /// (VGG19: "vgg19-caffe", "vgg19-torchvision", ...). Presets belong to a family.
  std::string family;
  /// Root mean square of the first layer's weights that the family has; a file off by more than a
  /// factor of three is another family's. 0: not checked.
  double first_layer_rms = 0.0;
  std::string licence;
  std::vector<std::string> content_layers;
  std::vector<std::string> style_layers;
  std::vector<std::string> probe_layers;
  /// The card as resolved, for records.
  std::string resolved_yaml;
};

/// Where cards and weights are looked for.
struct ModelPaths {
  std::vector<std::filesystem::path> cards;
  std::vector<std::filesystem::path> weights;
  /// STRATA_CONFIGS and STRATA_WEIGHTS (colon-separated), the folders beside the program
  /// (../share/strata), those of the source tree the program was built from, the user's cache
  /// ($XDG_CACHE_HOME or ~/.cache)/strata/weights.
  static ModelPaths standard();
};

std::vector<std::string> card_names(const ModelPaths& paths);
/// `name` is a card's name or a path to a YAML file. `overrides` has the card's own keys
/// ("input.mean"). Unknown names and keys are UsageErrors with the nearest.
Card load_card(const std::string& name, const ModelPaths& paths, const Config& overrides = {});

}  // namespace strata::nn

#pragma once

#include "base/config.hpp"
#include "nn/builders.hpp"
#include "nn/model_paths.hpp"
#include "nn/preprocessing.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace strata::nn {

/// One file that a card's weights come in. The same weights may be published in several files, with
/// other names for the layers and for pictures in another convention.
struct WeightsEntry {
  std::string file;  ///< file name, looked for in the weight folders
  std::string url;
  std::string sha256;  ///< whole digest or a prefix of at least 8 digits; empty where unknown
  std::string key;     ///< where the state_dict lies inside the file; empty: found
  /// Layer as the file calls it -> as the network does ("classifier.1" -> "classifier.0").
  std::map<std::string, std::string> rename;
  /// Patterns of tensors that the file has besides the network ("aux.*").
  std::vector<std::string> ignore;
  /// Root mean square of the weights of the first convolution, in all or one number a channel of
  /// the input: tells families, orders of channels and ranges apart. Empty: not checked.
  std::vector<double> first_layer_rms;
  Preprocessing input;  ///< the card's, or the file's own
};

/// A network as `configs/networks/NAME.yaml` describes it. docs/networks.md lists the keys.
struct Card {
  std::string name;
  std::string title;
  Architecture architecture;
  Preprocessing input;                ///< of random weights, and of files that say nothing else
  std::vector<WeightsEntry> weights;  ///< the first that is found is taken
  /// Which weights these are: networks of one topology and other weights are told apart by it
  /// (VGG19: "vgg19-caffe", "vgg19-torchvision", ...). Presets belong to a family.
  std::string family;
  std::string licence;  ///< of the weights
  /// Names or aliases of layers.
  std::vector<std::string> content_layers;
  std::vector<std::string> style_layers;
  std::vector<std::string> probe_layers;  ///< patterns too
  /// Where the card's file lies; weights beside it are found before all others.
  std::filesystem::path folder;
  /// The card as resolved, for records.
  std::string resolved_yaml;
};

std::vector<std::string> card_names(const ModelPaths& paths);
/// `name` is a card's name or a path to a YAML file. `overrides` has the card's own keys
/// ("input.mean"); they hold for every file of weights. Unknown names, keys and layers are
/// UsageErrors with the nearest.
Card load_card(const std::string& name, const ModelPaths& paths, const Config& overrides = {});
/// The card that a mapping with a card's keys describes, under the name it is to have.
Card read_card(const Config& config, const std::string& name, const Config& overrides = {});

}  // namespace strata::nn

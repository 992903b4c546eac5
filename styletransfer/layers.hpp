#pragma once

#include "nn/graph.hpp"

#include <string>
#include <vector>

namespace strata::styletransfer {

/// A layer as a preset or a user names it, with its share of the preset's weight.
struct LayerWeight {
  std::string layer;
  double weight = 1.0;
  bool operator==(const LayerWeight&) const = default;
};

/// "relu3_1" or "relu3_1=0.5". Throws UsageError, beginning with `key`, for an empty name, a weight
/// that is not a positive finite number, and a layer named twice.
std::vector<LayerWeight> parse_layers(const std::string& key,
                                      const std::vector<std::string>& texts);

/// What a preset, a user and a weights file have to say about layers.
struct LayerRequest {
  std::string preset = {};                ///< its name, for messages
  std::vector<LayerWeight> layers = {};   ///< of the preset; empty: the card's
  std::vector<LayerWeight> chosen = {};   ///< by the user; they replace the preset's where given
  std::vector<std::string> of_card = {};  ///< what the card recommends
  std::string option = {};                ///< "content_layers": how the user would choose
};

/// The layers to use. `reachable` are the nodes of `graph` that the weights go to, in order, and
/// `weights` names their file. A layer beyond them is a UsageError that names it and the deepest
/// layer available; only layers that come from the card are left out instead, and where none of
/// them is left, the deepest activation stands in. Unknown names are UsageErrors with the nearest;
/// nodes without positions (a classifier's) are refused too.
std::vector<LayerWeight> choose_layers(const LayerRequest& request,
                                       const nn::Graph& graph,
                                       const std::vector<nn::NodeId>& reachable,
                                       const std::string& weights);

}  // namespace strata::styletransfer

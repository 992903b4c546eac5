#pragma once

#include "nn/graph.hpp"
#include "nn/network.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::probes {

/// A layer that is measured.
struct Tap {
  nn::NodeId node = 0;    ///< in the network's graph
  std::string name;       ///< the node's name ("features.3")
  std::string title;      ///< what people call it ("relu1_2")
  int64_t depth = 0;      ///< convolutions and linear layers on the longest way from the input
  nn::Shape shape;        ///< N x C x H x W or N x C for the input it was asked for
  std::string signature;  ///< SHA-256 of the graph that ends here
  int64_t channels() const { return shape[1]; }
};

/// The layers to tap where the user named none: those of the card's list that the weights reach,
/// or all that they reach where the list is empty. `layers` is the card's list.
std::vector<std::string> default_taps(const nn::NetworkSource& network,
                                      const std::vector<std::string>& layers);

/// The taps that `patterns` select in `graph`, in order of depth, for pictures of `side` x `side`.
/// Throws UsageError for an unknown name, InputError where the side is too small for a layer.
std::vector<Tap> taps_of(const nn::Graph& graph,
                         const std::vector<std::string>& patterns,
                         int64_t side);

}  // namespace strata::probes

#pragma once

#include "base/log.hpp"
#include "nn/card.hpp"
#include "nn/graph.hpp"
#include "nn/parameters.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::nn {

/// What a user says about a network.
struct NetworkRequest {
  std::string network;      ///< card name or path
  std::string weights;      ///< file; "random" or "random:SEED"; empty: the card's
  std::string weights_key;  ///< e.g. "state_dict_ema"
  Config overrides;         ///< keys of the card, from `--set network.*`
};

/// A card, its graph and its parameters: ready to be planned.
struct Network {
  Card card;
  Graph full;   ///< the whole architecture, classes as in the file
  Graph graph;  ///< cut to what was asked for
  ParameterSet parameters;
};

/// Loads only as deep as the deepest of `taps` (names or patterns); all of it where empty. Checks
/// the SHA-256 and the weight family. Throws UsageError or InputError; where the weights are not
/// there, the message says the file's name, its address and where to put it.
Network load_network(const NetworkRequest& request,
                     const std::vector<std::string>& taps,
                     const ModelPaths& paths,
                     Log& log);

/// The nodes of network.full whose parameters the weights file has, as deep as it goes: what "all
/// taps" means for a file that stops early.
std::vector<NodeId> reachable(const Graph& graph, const weights::StateDict& file);

/// x' = (range * x - mean) / std on N x 3 x H x W, RGB in [0, 1], differentiable by hand:
/// `preprocess_backward` maps dL/dx' to dL/dx.
at::Tensor preprocess(const at::Tensor& rgb_nchw_01, const Preprocessing& p);
at::Tensor preprocess_backward(const at::Tensor& gradient, const Preprocessing& p);

}  // namespace strata::nn

#pragma once

#include "base/log.hpp"
#include "nn/card.hpp"
#include "nn/graph.hpp"
#include "nn/parameters.hpp"
#include "nn/preprocessing.hpp"
#include "nn/weight_files.hpp"
#include "weights/state_dict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::nn {

/// The network used where none is named: the one whose weights come with strata.
inline constexpr const char* kDefaultNetwork = "embedded";

/// What a user says about a network.
struct NetworkRequest {
  std::string network = {};      ///< card name or path
  std::string weights = {};      ///< file; "random" or "random:SEED"; empty: the card's
  std::string weights_key = {};  ///< e.g. "state_dict_ema"; empty: the card's, or found
  Config overrides = {};         ///< keys of the card, from `--set network.*`
};

/// A card, its graph and its parameters: ready to be planned.
struct Network {
  Card card;    ///< `input` is what these weights expect
  Graph full;   ///< the whole architecture, classes as in the file
  Graph graph;  ///< cut to what was asked for
  ParameterSet parameters;
};

/// What is asked of weights that stop early.
enum class Depth {
  whole,      ///< every layer asked for must be there
  as_stored,  ///< patterns, and an empty list, mean the layers that the weights reach
};

/// A network whose weights have been found, read and checked to be of the card's family, but not
/// yet matched with the graph: for choosing layers among those that the weights reach.
struct NetworkSource {
  Card card;  ///< `input` is what these weights expect
  Graph full;
  std::optional<weights::StateDict> file;  ///< absent: random weights
  uint64_t seed = 0;                       ///< of random weights

  /// The nodes of `full` that can be computed, in order. Weights that have not one parameter of
  /// the network are an InputError with all that is wrong.
  std::vector<NodeId> reachable() const;
  /// As deep as the deepest of `taps` (names or patterns; all of it where empty). Throws UsageError
  /// or InputError.
  Network load(const std::vector<std::string>& taps, Depth depth = Depth::whole) const;
};

/// Checks the SHA-256 and the weight family; the number of classes is taken from the file. Throws
/// UsageError or InputError; where the weights are not there, the message says the file's name, its
/// address and where to put it.
NetworkSource open_network(const NetworkRequest& request, const ModelPaths& paths, Log& log);

/// Both at once.
Network load_network(const NetworkRequest& request,
                     const std::vector<std::string>& taps,
                     const ModelPaths& paths,
                     Log& log,
                     Depth depth = Depth::whole);

}  // namespace strata::nn

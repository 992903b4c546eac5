#pragma once

#include "base/options.hpp"
#include "nn/network.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::probes {

/// Which of the card's lists of layers is meant where the user names none.
enum class CardLayers { probe, style };

/// One network and its layers, as flags.
struct NetworkChoice {
  nn::NetworkRequest request{nn::kDefaultNetwork, "", "", {}};
  /// Names and patterns; empty: the card's layers, as deep as the weights reach.
  std::vector<std::string> taps;
  void describe(OptionVisitor& v);
};

/// How pictures go through a network and what is kept; shared by `extract`, `gram` and `probe`.
struct ExtractionChoice {
  std::string fit = "crop";     ///< "crop", "pad" or "squash"
  std::optional<int64_t> size;  ///< pixels; absent: the card's
  int64_t batch = 32;
  std::string device = "auto";
  int64_t threads = 0;                ///< 0: all processors
  std::string precision = "float32";  ///< of the network: "float32" or "bfloat16"
  double max_bad = 0.01;              ///< share of broken pictures that is still only a warning
  void describe(OptionVisitor& v);
};

}  // namespace strata::probes

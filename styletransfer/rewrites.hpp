#pragma once

#include "nn/network.hpp"
#include "nn/op.hpp"

#include <optional>

namespace strata::styletransfer {

/// How a preset changes the network that it takes, as the tools do that it stands for.
struct Rewrites {
  std::optional<nn::Pool2d::Kind> pooling;  ///< absent: as in the card
  bool pooling_ceil = false;                ///< sizes after pooling are rounded up
  /// Fill of the first convolution's border; absent: as in the card.
  std::optional<nn::Padding> first_padding;
  /// The pixels' range is multiplied by it before the mean is taken away: 256 / 255 for tools that
  /// take 256 for white.
  double input_scale = 1.0;
};

nn::Network rewritten(nn::Network network, const Rewrites& rewrites);

}  // namespace strata::styletransfer

#pragma once

#include "styletransfer/losses/channel_statistics.hpp"

#include <memory>

namespace strata::styletransfer {

// A squared difference over an absolute one, as style-transfer-pytorch had it until 2023:
//   loss(d) = sum d^2 / (sum |d| + 1e-8).
// Its gradient 2 d / A - Q sign(d) / A^2 (A and Q the two sums) has an L1 norm of about one
// whatever the layer, which keeps layers in balance. It is the value's own gradient but for kinks
// at d = 0.

/// d = F - P. Two sums over the whole layer stand in the gradient: not tileable. Features of
/// another size than the target's are a Fault.
std::unique_ptr<TapTerm> make_content_scaled_mse(const at::Tensor& target);

/// d = G - G', G = F F^T / N.
std::unique_ptr<StatisticsTerm> make_gram_scaled_mse(const ChannelStatistics& target);

}  // namespace strata::styletransfer

#pragma once

#include "styletransfer/losses/term.hpp"

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// What a style is to us: channel statistics of features F (C x N, N = H * W positions), in float64
/// on the features' device. With a weight w_p >= 0 per position, and M = sum_p w_p its mass:
struct ChannelStatistics {
  at::Tensor mean;           ///< sum_p w_p F_p / M, C; F 1 / N without weights
  at::Tensor second_moment;  ///< sum_p w_p F_p F_p^T / M, C x C; F F^T / N without weights
  int64_t positions = 0;     ///< N; with weights, the positions where they are not zero
  int64_t channels() const { return second_moment.size(0); }
};

/// Statistics of 1 x C x H x W features of any float type and layout. Products are taken in the
/// features' own precision, bfloat16 in float32, over blocks of positions and added up in float64:
/// as accurate as float64 for what follows (relative error about 1e-7), at the speed of float32.
/// `weights`: H x W of any float type, not negative, its sum above zero; undefined: all ones, which
/// gives the same to the last bit.
ChannelStatistics channel_statistics(const at::Tensor& features, const at::Tensor& weights = {});

/// sum_i share_i (m_i, S_i): the statistics of all positions together, were there as many of each
/// as its share says. Shares add up to one.
ChannelStatistics mixed(const std::vector<ChannelStatistics>& statistics,
                        const std::vector<double>& shares);

/// The chain rule: dL/dF_p = (w_p / M) ((dS + dS^T) F_p + dm), from dL/dS (`d_second`, C x C) and
/// dL/dm (`d_mean`, C), either may be undefined. Exactly zero where w_p is. Of the features' shape,
/// type and layout.
at::Tensor channel_statistics_backward(const at::Tensor& features,
                                       const at::Tensor& d_second,
                                       const at::Tensor& d_mean,
                                       const at::Tensor& weights = {});

/// A loss as a function of statistics, and its gradient to them.
struct StatisticsLoss {
  double value = 0.0;
  at::Tensor d_second;  ///< undefined: zero
  at::Tensor d_mean;    ///< undefined: zero
};

/// A term that sees features only through their channel statistics. Such a term can always be
/// tiled: statistics are added up over tiles, `from_statistics` runs once, and the chain rule is
/// local.
class StatisticsTerm : public TapTerm {
 public:
  Loss evaluate(const at::Tensor& features, double weight, Want want) const final;
  bool tileable() const final { return true; }
  /// weight * loss and its gradient to the statistics.
  virtual StatisticsLoss from_statistics(const ChannelStatistics& statistics,
                                         double weight,
                                         Want want) const = 0;
};

}  // namespace strata::styletransfer

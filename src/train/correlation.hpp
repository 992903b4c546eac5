#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace strata::train {

/// Pearson correlation of two feature maps, channel by channel, over all positions of all pictures
/// that were added; sums in float64.
class ChannelCorrelation {
 public:
  /// Both n x C x H x W.
  void add(const at::Tensor& a, const at::Tensor& b);

  /// C, float64, in [-1, 1]; NaN for channels in which `a` never varies. Where only `b` does not
  /// vary, 0.
  at::Tensor by_channel() const;
  /// Over the channels in which `a` varies.
  double median() const;
  /// Channels in which `a` never varies (it never fires).
  int64_t silent() const;

 private:
  int64_t positions_ = 0;
  at::Tensor sums_;  ///< a, b, aa, bb, ab: 5 x C
};

}  // namespace strata::train

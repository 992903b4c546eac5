#pragma once

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// Colour histogram matching along decorrelated axes: style colours are written in the style's
/// principal axes, the distribution along each becomes that of the content along its axis of the
/// same rank, and the content's axes lead back. Per channel of RGB it would break the relation
/// between channels that makes a colour.
///
/// The distributions are matched at 1025 quantiles, linearly in between; of equal quantiles of the
/// style the content's mean is taken. Axes along which the style has no colour (kNoVariance of
/// linear_match.hpp) only move with the mean.
class HistogramMatch {
 public:
  /// 3 x N and 3 x M colours.
  HistogramMatch(const at::Tensor& style, const at::Tensor& content);
  /// 3 x N style colours in their own dtype; nothing is clipped.
  at::Tensor operator()(const at::Tensor& colours) const;

 private:
  /// A monotone, piecewise linear function.
  struct Curve {
    at::Tensor from, to;  // knots, double; one alone shifts
  };

  at::Tensor style_mean_, style_axes_;      // 3 x 1, 3 x 3
  at::Tensor content_mean_, content_axes_;  // turned like the style's
  Curve curves_[3];
};

}  // namespace strata::styletransfer

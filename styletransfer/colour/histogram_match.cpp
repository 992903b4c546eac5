#include "styletransfer/colour/histogram_match.hpp"

#include "styletransfer/colour/linear_match.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

constexpr int64_t kKnots = 1025;

/// 1025 quantiles from the smallest value to the largest, linear between neighbours, double.
at::Tensor quantiles(const at::Tensor& values) {
  const at::Tensor sorted = std::get<0>(values.sort());
  const int64_t last = sorted.size(0) - 1;
  const at::Tensor position = at::arange(kKnots, at::kDouble) *
                              (static_cast<double>(last) / static_cast<double>(kKnots - 1));
  const at::Tensor below = position.floor();
  const at::Tensor index = below.to(at::kLong);
  const at::Tensor low = sorted.index_select(0, index).to(at::kDouble);
  const at::Tensor high = sorted.index_select(0, (index + 1).clamp_max(last)).to(at::kDouble);
  return low + (position - below) * (high - low);
}

at::Tensor along(const at::Tensor& axes, const at::Tensor& mean, const at::Tensor& colours) {
  const auto type = colours.scalar_type();
  return at::mm(axes.t().to(type), colours - mean.to(type));
}

at::Tensor tensor_of(const std::vector<double>& values) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), tensor.data_ptr<double>());
  return tensor;
}

}  // namespace

HistogramMatch::HistogramMatch(const at::Tensor& style, const at::Tensor& content) {
  const c10::NoGradGuard no_grad;
  const ColourMoments from = colour_moments(style), to = colour_moments(content);
  const ColourAxes axes = colour_axes(from.covariance);
  style_mean_ = from.mean.unsqueeze(1);
  style_axes_ = axes.axes;
  content_mean_ = to.mean.unsqueeze(1);
  content_axes_ = turned_like(colour_axes(to.covariance).axes, axes.axes);
  const at::Tensor styles = along(style_axes_, style_mean_, style);
  const at::Tensor contents = along(content_axes_, content_mean_, content);
  for (int64_t axis = 0; axis < 3; ++axis) {
    if (axes.variances[axis].item<double>() <= kNoVariance) continue;
    const at::Tensor x = quantiles(styles[axis]), y = quantiles(contents[axis]);
    std::vector<double> knots, targets;
    for (int64_t first = 0, next = 0; first < kKnots; first = next) {
      const double value = x[first].item<double>();
      while (next < kKnots && x[next].item<double>() == value) ++next;
      knots.push_back(value);
      targets.push_back(y.narrow(0, first, next - first).mean().item<double>());
    }
    curves_[axis] = {tensor_of(knots), tensor_of(targets)};
  }
}

at::Tensor HistogramMatch::operator()(const at::Tensor& colours) const {
  const c10::NoGradGuard no_grad;
  at::Tensor values = along(style_axes_, style_mean_, colours);
  for (int64_t axis = 0; axis < 3; ++axis) {
    const Curve& curve = curves_[axis];
    if (!curve.from.defined()) continue;
    const int64_t last = curve.from.size(0) - 1;
    const at::Tensor x =
        values[axis].to(at::kDouble).clamp(curve.from[0].item(), curve.from[last].item());
    const at::Tensor upper = at::searchsorted(curve.from, x).clamp(1, last);
    const at::Tensor lower = upper - 1;
    const at::Tensor x0 = curve.from.index_select(0, lower), x1 = curve.from.index_select(0, upper);
    const at::Tensor y0 = curve.to.index_select(0, lower), y1 = curve.to.index_select(0, upper);
    values[axis].copy_(y0 + (x - x0) / (x1 - x0) * (y1 - y0));
  }
  const auto type = colours.scalar_type();
  return at::mm(content_axes_.to(type), values) + content_mean_.to(type);
}

}  // namespace strata::styletransfer

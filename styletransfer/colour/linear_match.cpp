#include "styletransfer/colour/linear_match.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

/// Lower triangular L with L L^T = covariance; a pivot not above `smallest` leaves its column zero.
at::Tensor cholesky(const at::Tensor& covariance, double smallest) {
  at::Tensor factor = at::zeros_like(covariance);
  at::Tensor rest = covariance.clone();
  for (int64_t j = 0; j < 3; ++j) {
    const double pivot = rest[j][j].item<double>();
    if (pivot <= smallest) continue;
    const at::Tensor column = rest.select(1, j).clone() / std::sqrt(pivot);
    column.narrow(0, 0, j).zero_();
    factor.select(1, j).copy_(column);
    rest -= at::outer(column, column);
  }
  return factor;
}

/// The inverse of `factor` on what it reaches: rows of zero columns are zero.
at::Tensor triangular_inverse(const at::Tensor& factor) {
  at::Tensor inverse = at::zeros_like(factor);
  const at::Tensor identity = at::eye(3, factor.options());
  for (int64_t i = 0; i < 3; ++i) {
    const double pivot = factor[i][i].item<double>();
    if (pivot == 0.0) continue;
    inverse[i].copy_((identity[i] - at::mv(inverse.t(), factor[i])) / pivot);
  }
  return inverse;
}

at::Tensor cholesky_match(const at::Tensor& style, const at::Tensor& content) {
  // Rounding may leave a pivot of a rank-deficient content slightly above zero.
  const double rounding = 1e-12 * content.trace().item<double>();
  const at::Tensor from = cholesky(style, kNoVariance), to = cholesky(content, rounding);
  const at::Tensor inverse = triangular_inverse(from);
  const at::Tensor unreached = at::eye(3, style.options()) - at::mm(from, inverse);
  return at::mm(to, inverse) + unreached;
}

at::Tensor pca_match(const at::Tensor& style, const at::Tensor& content) {
  const ColourAxes from = colour_axes(style), to = colour_axes(content);
  const at::Tensor gain = at::where(from.variances > kNoVariance,
                                    (to.variances / from.variances.clamp_min(kNoVariance)).sqrt(),
                                    at::ones_like(from.variances));
  return at::mm(turned_like(to.axes, from.axes) * gain, from.axes.t());
}

at::Tensor symmetric_match(const at::Tensor& style, const at::Tensor& content) {
  const ColourAxes from = colour_axes(style);
  const at::Tensor reached = (from.variances > kNoVariance).to(at::kDouble);
  const at::Tensor scale = from.variances.clamp_min(kNoVariance).sqrt();
  const auto with = [](const at::Tensor& axes, const at::Tensor& values) {
    return at::mm(axes * values, axes.t());
  };
  const at::Tensor root = with(from.axes, scale * reached);
  const at::Tensor inverse = with(from.axes, reached / scale);
  const ColourAxes middle = colour_axes(at::mm(at::mm(root, content), root));
  const at::Tensor matched =
      at::mm(at::mm(inverse, with(middle.axes, middle.variances.sqrt())), inverse);
  return matched + with(from.axes, 1.0 - reached);
}

}  // namespace

ColourMoments colour_moments(const at::Tensor& colours) {
  const c10::NoGradGuard no_grad;
  STRATA_CHECK(colours.dim() == 2 && colours.size(0) == 3 && colours.size(1) > 0,
               "3 x N colours are expected");
  const int64_t count = colours.size(1);
  constexpr int64_t kBlock = 1 << 20;  // in double at once
  const at::Tensor mean = colours.mean(1, /*keepdim=*/true, at::kDouble);
  at::Tensor sum = at::zeros({3, 3}, at::kDouble);
  for (int64_t first = 0; first < count; first += kBlock) {
    const at::Tensor block =
        colours.narrow(1, first, std::min(kBlock, count - first)).to(at::kDouble) - mean;
    sum += at::mm(block, block.t());
  }
  return {mean.squeeze(1), sum / static_cast<double>(count)};
}

at::Tensor LinearMap::operator()(const at::Tensor& colours) const {
  const c10::NoGradGuard no_grad;
  return at::addmm(offset.unsqueeze(1).to(colours.scalar_type()), matrix.to(colours.scalar_type()),
                   colours);
}

LinearMap linear_match(const ColourMoments& style, const ColourMoments& content, LinearForm form) {
  const c10::NoGradGuard no_grad;
  const at::Tensor &from = style.covariance, &to = content.covariance;
  const at::Tensor matrix = form == LinearForm::chol  ? cholesky_match(from, to)
                            : form == LinearForm::pca ? pca_match(from, to)
                                                      : symmetric_match(from, to);
  return {matrix, content.mean - at::mv(matrix, style.mean)};
}

ColourAxes colour_axes(const at::Tensor& covariance) {
  const auto [variances, axes] = at::linalg_eigh(covariance);
  return {variances.clamp_min(0.0), axes};
}

at::Tensor turned_like(const at::Tensor& axes, const at::Tensor& other) {
  const at::Tensor along = (axes * other).sum(0, /*keepdim=*/true);
  return at::where(along < 0.0, -axes, axes);
}

}  // namespace strata::styletransfer

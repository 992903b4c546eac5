#include "stats/moments.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::stats {
namespace {

// Positions whose products are added up in float32. Rounding errors grow with it; far below it,
// adding blocks in float64 would cost as much as their products.
int64_t block_of(int64_t channels) { return std::max<int64_t>(1024, 4 * channels); }

/// n x C x H x W -> n x C x N, without a copy for contiguous and for channels-last features.
at::Tensor by_channel(const at::Tensor& features) {
  if (features.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    const at::Tensor last = features.permute({0, 2, 3, 1});
    return last.view({last.size(0), -1, last.size(3)}).transpose(1, 2);
  }
  return features.reshape({features.size(0), features.size(1), -1});
}

void require_maps(const at::Tensor& features) {
  STRATA_CHECK(features.dim() == 4 && features.size(1) > 0, "features are n x C x H x W");
  STRATA_CHECK(features.is_floating_point(), "features are floating point");
}

}  // namespace

void ChannelMoments::add(const at::Tensor& features) {
  require_maps(features);
  add(features, 0, features.size(2), 0, features.size(3));
}

void ChannelMoments::add(
    const at::Tensor& features, int64_t top, int64_t bottom, int64_t left, int64_t right) {
  require_maps(features);
  STRATA_CHECK(0 <= top && top <= bottom && bottom <= features.size(2) && 0 <= left &&
                   left <= right && right <= features.size(3),
               fmt::format("rows {}..{}, columns {}..{} do not lie in {} x {}", top, bottom, left,
                           right, features.size(2), features.size(3)));
  const c10::NoGradGuard no_grad;
  const int64_t channels = features.size(1);
  const at::Tensor inside = features.narrow(2, top, bottom - top).narrow(3, left, right - left);
  if (inside.numel() == 0) return;
  const auto precise = at::TensorOptions(features.device()).dtype(at::kDouble);
  at::Tensor sum = at::zeros({channels}, precise);
  at::Tensor product = at::zeros({channels, channels}, precise);
  const auto single = features.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const int64_t step = block_of(channels);
  for (int64_t i = 0; i < inside.size(0); ++i) {
    const at::Tensor picture = by_channel(inside.narrow(0, i, 1))[0];
    for (int64_t begin = 0; begin < picture.size(1); begin += step) {
      const int64_t positions = std::min(step, picture.size(1) - begin);
      const at::Tensor block = picture.narrow(1, begin, positions).to(single);
      sum.add_(block.sum(1, /*keepdim=*/false, at::kDouble));
      product.add_(at::mm(block, block.t()));
    }
  }
  add_sums(sum.cpu(), product.cpu(), inside.size(0) * inside.size(2) * inside.size(3));
}

void ChannelMoments::add_sums(const at::Tensor& sum, const at::Tensor& product, int64_t positions) {
  if (!sum.isfinite().all().item<bool>()) throw NumericalError("features are not finite");
  STRATA_CHECK(!sum_.defined() || sum_.sizes() == sum.sizes(),
               fmt::format("{} channels after {}", sum.size(0), channels()));
  sum_ = sum_.defined() ? sum_ + sum : sum;
  product_ = product_.defined() ? product_ + product : product;
  positions_ += positions;
}

void ChannelMoments::merge(const ChannelMoments& other) {
  if (other.positions_ > 0) add_sums(other.sum_, other.product_, other.positions_);
}

at::Tensor ChannelMoments::mean() const {
  STRATA_CHECK(positions_ > 0, "nothing was added");
  return sum_ / static_cast<double>(positions_);
}

at::Tensor ChannelMoments::second_moment() const {
  STRATA_CHECK(positions_ > 0, "nothing was added");
  return (product_ + product_.t()) / (2 * static_cast<double>(positions_));
}

at::Tensor ChannelMoments::covariance() const {
  const at::Tensor m = mean();
  return second_moment() - at::outer(m, m);
}

at::Tensor feature_products(const at::Tensor& features) {
  require_maps(features);
  const at::Tensor f = by_channel(features);
  return at::bmm(f, f.transpose(1, 2));
}

at::Tensor upper_triangle(const at::Tensor& symmetric) {
  STRATA_CHECK(symmetric.dim() == 3 && symmetric.size(1) == symmetric.size(2),
               "matrices are n x C x C");
  const int64_t channels = symmetric.size(1);
  const at::Tensor at =
      at::triu_indices(channels, channels, 0, symmetric.options().dtype(at::kLong));
  const at::Tensor row = at[0], column = at[1];
  const at::Tensor scale = at::full({row.size(0)}, std::sqrt(2.0), symmetric.options());
  scale.masked_fill_(row == column, 1.0);
  return symmetric.flatten(1).index_select(1, row * channels + column) * scale;
}

}  // namespace strata::stats

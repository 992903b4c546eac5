#include "train/correlation.hpp"

#include "base/error.hpp"

#include <limits>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::train {
namespace {

// A channel whose variance is below this part of its second moment has only rounding in it.
constexpr double kRounding = 1e-12;

at::Tensor by_channel_first(const at::Tensor& features) {
  return features.detach().transpose(0, 1).flatten(1).to(at::kDouble);
}

}  // namespace

void ChannelCorrelation::add(const at::Tensor& a, const at::Tensor& b) {
  STRATA_CHECK(a.sizes() == b.sizes() && a.dim() == 4, "features of one shape, n x C x H x W");
  const c10::NoGradGuard no_grad;
  const at::Tensor x = by_channel_first(a), y = by_channel_first(b);
  const at::Tensor sums =
      at::stack({x.sum(1), y.sum(1), (x * x).sum(1), (y * y).sum(1), (x * y).sum(1)}).cpu();
  if (sums_.defined()) {
    sums_.add_(sums);
  } else {
    sums_ = sums;
  }
  positions_ += x.size(1);
}

at::Tensor ChannelCorrelation::by_channel() const {
  STRATA_CHECK(positions_ > 0, "a correlation of nothing");
  const auto n = static_cast<double>(positions_);
  const auto s = (sums_ / n).unbind(0);
  const at::Tensor a = s[2] - s[0] * s[0], b = s[3] - s[1] * s[1], ab = s[4] - s[0] * s[1];
  const at::Tensor varies_a = a > kRounding * s[2], varies_b = b > kRounding * s[3];
  const at::Tensor r = ab / (a.clamp_min(0) * b.clamp_min(0)).sqrt();
  const at::Tensor known = at::where(varies_b, r.clamp(-1, 1), at::zeros_like(r));
  return at::where(varies_a, known, at::full_like(r, std::numeric_limits<double>::quiet_NaN()));
}

double ChannelCorrelation::median() const {
  const at::Tensor r = by_channel();
  const at::Tensor known = r.masked_select(r.isnan().logical_not());
  if (known.numel() == 0) return std::numeric_limits<double>::quiet_NaN();
  return at::quantile(known, 0.5).item<double>();
}

int64_t ChannelCorrelation::silent() const { return by_channel().isnan().sum().item<int64_t>(); }

}  // namespace strata::train

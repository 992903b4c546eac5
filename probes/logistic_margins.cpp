#include "probes/logistic_margins.hpp"

#include <algorithm>

#include <ATen/ATen.h>

namespace strata::probes {

OwnClass::OwnClass(const at::Tensor& labels, int64_t classes, at::ScalarType type)
    : own_(at::one_hot(labels, classes).t().unsqueeze(0).to(type).contiguous()),
      others_(1 - own_) {}

void OwnClass::subtract_from(at::Tensor& logits) const {
  logits.sub_((logits * own_).sum(1, /*keepdim=*/true));
}

MarginFit OwnClass::fit(const at::Tensor& margins) const {
  const at::Tensor largest = margins.amax(1, /*keepdim=*/true);  // at least 0, the row's own
  MarginFit fit;
  fit.residuals = (margins - largest).exp_().mul_(others_);
  const at::Tensor others = fit.residuals.sum(1, /*keepdim=*/true);
  const at::Tensor whole = others + largest.neg().exp_();
  const at::Tensor nll = at::where(largest > 0, largest + whole.log(), others.log1p());
  fit.residuals.addcmul_(own_, others, -1).div_(whole);
  fit.nll = nll.squeeze(1).mean(1, /*keepdim=*/false, at::kDouble);
  return fit;
}

at::Tensor mean_curvature(const at::Tensor& residuals) {
  // p (1 - p) is |r| - r^2, for the row's own class as for the others.
  const auto others = static_cast<double>(std::max<int64_t>(1, residuals.size(1) - 1));
  const at::Tensor sums = (residuals.abs() - residuals.square()).sum(1);
  return sums.mean(1, /*keepdim=*/false, at::kDouble) / others;
}

}  // namespace strata::probes

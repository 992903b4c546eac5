#pragma once

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// What margins of K problems say of their fit.
struct MarginFit {
  at::Tensor residuals;  ///< K x C x n: p - y, in the margins' precision
  at::Tensor nll;        ///< K, float64: mean over rows
};

/// The rows' own classes, for margins: logits less the logit of the row's own class. With them no
/// digits are lost where a row is fitted so well that its loss is near zero.
class OwnClass {
 public:
  /// labels: n, int64. `type`: of the margins, float32 or float64.
  OwnClass(const at::Tensor& labels, int64_t classes, at::ScalarType type);

  /// Logits, K x C x n, to margins, in place.
  void subtract_from(at::Tensor& logits) const;
  MarginFit fit(const at::Tensor& margins) const;

 private:
  at::Tensor own_;     ///< 1 x C x n: 1 for the row's own class, else 0
  at::Tensor others_;  ///< 1 - own
};

/// mean_i (1 - sum_c p_ic^2) / (C - 1), K, float64: the mean curvature of the softmax; 0
/// for one class.
at::Tensor mean_curvature(const at::Tensor& residuals);

}  // namespace strata::probes

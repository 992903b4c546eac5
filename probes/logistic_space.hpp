#pragma once

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// The rows of a logistic problem in coordinates that suit a solver: centred and standardised on
/// the rows that train, then rotated onto the principal axes of those, so that their second moment
/// is diagonal. A rotation changes neither |W| nor any logit. Where there are fewer rows than
/// columns, all that can be learnt lies in the span of the rows, and so has no more coordinates
/// than rows. Everything is float64.
struct LogisticSpace {
  at::Tensor training;        ///< n_t x (r + 1), the last column 1: the intercept's
  at::Tensor others;          ///< the other rows asked for, x (r + 1)
  at::Tensor second_moments;  ///< r + 1, diagonal of training^T training / n_t
  at::Tensor axes;            ///< d x r, orthonormal; undefined unless asked for
  at::Tensor mean;            ///< d
  at::Tensor scale;           ///< d: 1 / standard deviation, 0 for a column without spread; or 1
};

enum class Axes { wanted, unwanted };

/// features: n x d, float32. training, others: row numbers, int64.
LogisticSpace logistic_space(const at::Tensor& features,
                             const at::Tensor& training,
                             const at::Tensor& others,
                             bool standardise,
                             Axes axes = Axes::unwanted);

}  // namespace strata::probes

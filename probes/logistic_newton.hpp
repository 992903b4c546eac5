#pragma once

#include "probes/logistic_stack.hpp"

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// (kappa S + lambda I)^-1 for the second moment S of the features, from one eigendecomposition: of
/// S where there are fewer columns than rows, else of the rows' products. The Hessian of every
/// problem and every lambda is near (kappa S + lambda I) for some kappa, so this is what conjugate
/// gradients are preconditioned with. Correct to rounding for any kappa; only speed depends on it.
class SpectralPreconditioner {
 public:
  explicit SpectralPreconditioner(const at::Tensor& features);
  /// kappa: K, float64, above 0.
  StackedPoint apply(const StackedPoint& residual, const at::Tensor& kappa, double lambda) const;

 private:
  at::Tensor vectors_;  ///< d x r, orthonormal
  at::Tensor values_;   ///< r
};

struct NewtonOptions {
  double tolerance = 1e-4;  ///< relative KKT residual, solver.hpp
  int64_t max_iterations = 200;
};

struct NewtonResult {
  StackedPoint point;
  at::Tensor kkt;  ///< K, float64
  std::vector<int64_t> iterations;
};

/// Truncated Newton (Nocedal and Wright, section 7.1): directions by preconditioned conjugate
/// gradients, as exact as the residual is small (Eisenstat and Walker 1996), step lengths by
/// backtracking (Armijo). Problems that have converged are dropped from the stack.
/// `on_done(problems)` is called with how many have ended, and may throw.
NewtonResult minimise(const LogisticStack& stack,
                      const StackedPoint& start,
                      double lambda,
                      const SpectralPreconditioner& preconditioner,
                      const NewtonOptions& options,
                      const std::function<void(int64_t)>& on_done);

}  // namespace strata::probes

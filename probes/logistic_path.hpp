#pragma once

#include "probes/logistic_space.hpp"

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::probes {

struct LogisticPathOptions {
  double tolerance = 1e-4;  ///< relative KKT residual, as in LogisticOptions
  int64_t max_iterations = 2000;
};

/// The minimum for one lambda.
struct LogisticPathPoint {
  at::Tensor weights;  ///< classes x (r + 1), float64, in the coordinates of the space
  double objective = 0.0;
  double nll = 0.0;  ///< mean over the training rows
  double kkt_residual = 0.0;
  int64_t iterations = 0;
};

/// Multinomial logistic regression on the training rows of a space for all lambdas side by side.
///
/// The variables are T = (kappa s + lambda)^1/2 W, coordinate by coordinate, in which the Hessian
/// is near the unit matrix; kappa = mean_i (1 - sum_c p_ic^2) / (classes - 1) follows the
/// probabilities. The directions are those of L-BFGS (optim/curvature.hpp). One product of all
/// directions with the rows gives all logits along all lines, so that line searches cost no
/// products, and a second one the gradients. Products are float32 until rounding comes near, then
/// float64; lambdas that have converged leave the stack.
///
/// labels: int64, one a training row, each of 0..classes-1 present. `on_done(k)`: k more lambdas
/// have ended; may throw.
std::vector<LogisticPathPoint> fit_path(const LogisticSpace& space,
                                        const at::Tensor& labels,
                                        int64_t classes,
                                        const std::vector<double>& lambdas,
                                        const LogisticPathOptions& options,
                                        const std::function<void(int64_t)>& on_done);

}  // namespace strata::probes

#include "optim/adam.hpp"

#include "base/error.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::optim {

void AdamOptions::validate() const {
  if (!(learning_rate > 0) || !std::isfinite(learning_rate)) {
    throw UsageError(fmt::format("learning rate {}: must be above 0", learning_rate));
  }
  if (!(beta1 >= 0 && beta1 < 1)) {
    throw UsageError(fmt::format("beta1 {}: must be at least 0 and below 1", beta1));
  }
  if (!(beta2 >= 0 && beta2 < 1)) {
    throw UsageError(fmt::format("beta2 {}: must be at least 0 and below 1", beta2));
  }
  if (!(epsilon >= 0) || !std::isfinite(epsilon)) {
    throw UsageError(fmt::format("epsilon {}: must be at least 0", epsilon));
  }
}

Adam::Adam(const at::Tensor& start, const AdamOptions& options)
    : x_(start.detach().clone()),
      m_(at::zeros_like(x_)),
      v_(at::zeros_like(x_)),
      options_(options) {
  options_.validate();
}

Step Adam::iterate(const Function& function) {
  const c10::NoGradGuard no_grad;
  const Evaluation evaluation = function(x_);
  const at::Tensor& g = evaluation.gradient;
  STRATA_CHECK(g.defined() && g.sizes() == x_.sizes(), "the gradient is not of x's shape");
  const double norm = g.numel() == 0 ? 0.0 : g.abs().max().item<double>();
  if (!std::isfinite(evaluation.loss) || !std::isfinite(norm)) {
    throw NumericalError(fmt::format("at evaluation {} the {} is not finite", evaluations_ + 1,
                                     std::isfinite(evaluation.loss) ? "gradient" : "loss"));
  }
  ++evaluations_;
  ++steps_;
  m_.mul_(options_.beta1).add_(g, 1 - options_.beta1);
  v_.mul_(options_.beta2).addcmul_(g, g, 1 - options_.beta2);
  const auto t = static_cast<double>(steps_);
  const double correction1 = 1 - std::pow(options_.beta1, t);
  const double correction2 = 1 - std::pow(options_.beta2, t);
  // x -= r m^ / (sqrt(v^) + epsilon), with m^ = m / correction1 and v^ = v / correction2
  const at::Tensor denominator = v_.div(correction2).sqrt_().add_(options_.epsilon);
  x_.addcdiv_(m_, denominator, -options_.learning_rate / correction1);
  return {.loss = evaluation.loss,
          .gradient_norm = norm,
          .evaluations = evaluations_,
          .iterations = evaluations_};
}

void Adam::set_moments(const at::Tensor& first, const at::Tensor& second, int64_t steps) {
  STRATA_CHECK(first.sizes() == x_.sizes() && second.sizes() == x_.sizes() && steps >= 0,
               "moments are not of x's shape");
  m_.copy_(first);
  v_.copy_(second);
  steps_ = steps;
}

}  // namespace strata::optim

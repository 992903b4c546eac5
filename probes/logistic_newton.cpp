#include "probes/logistic_newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

constexpr double kArmijo = 1e-4;
constexpr int kHalvings = 30;
constexpr int kInnerSteps = 200;     // of conjugate gradients in one Newton step
constexpr double kForcing = 0.1;     // the least exact direction that is still worth its step
constexpr double kMostExact = 1e-3;  // what float32 products can be trusted with
constexpr double kNoise = 1e-10;     // of r.z, below which r is made of rounding errors
constexpr int64_t kIdle = 4;         // steps without progress: rounding has the better of it
constexpr double kRounding = 3e-7;   // of an objective whose logits are float32
constexpr double kSmallestKappa = 1e-5;

// The relative KKT residual of each problem.
at::Tensor residual_of(const StackedPoint& gradient, const StackedPoint& point, double lambda) {
  const StackedPoint penalty{point.weights * lambda, at::zeros_like(point.bias)};
  const StackedPoint loss{gradient.weights - penalty.weights, gradient.bias};
  const at::Tensor scale = penalty.dot(penalty).sqrt_() + loss.dot(loss).sqrt_();
  const at::Tensor norm = gradient.dot(gradient).sqrt_();
  return at::where(norm > 0, norm / scale, at::zeros_like(norm));
}

// The mean curvature of the softmax over classes, mean(1 - sum p^2) / (C - 1).
at::Tensor kappa_of(const StackedState& state) {
  const double classes = std::max<double>(2.0, static_cast<double>(state.probabilities.size(2)));
  const at::Tensor spread = 1.0 - state.probabilities.square().sum(2);
  return (spread.mean(0, /*keepdim=*/false, at::kDouble) / (classes - 1.0))
      .clamp_min_(kSmallestKappa);
}

// Solves H d = -g for all problems, each until its residual is below its part of |g|.
StackedPoint newton_direction(const LogisticStack& stack,
                              const StackedState& state,
                              const StackedPoint& gradient,
                              double lambda,
                              const at::Tensor& exactness,
                              const SpectralPreconditioner& preconditioner) {
  const at::Tensor kappa = kappa_of(state);
  const auto preconditioned = [&](const StackedPoint& r) {
    StackedPoint z = preconditioner.apply(r, kappa, lambda);
    // No curvature there: rounding alone would carry the intercepts away.
    z.bias = stack.without_shift(z.bias);
    return z;
  };
  StackedPoint direction{at::zeros_like(gradient.weights), at::zeros_like(gradient.bias)};
  StackedPoint residual{-gradient.weights, -stack.without_shift(gradient.bias)};
  StackedPoint z = preconditioned(residual);
  StackedPoint p = z.clone();
  at::Tensor rz = residual.dot(z);
  const at::Tensor enough = residual.dot(residual) * exactness.square();
  const at::Tensor noise = rz * kNoise;
  at::Tensor active = rz > 0;
  for (int i = 0; i < kInnerSteps; ++i) {
    const StackedPoint hp = stack.curvature(p, state, lambda);
    const at::Tensor php = p.dot(hp);
    active = active.logical_and(php > 0);
    const at::Tensor alpha = at::where(active, rz / php, at::zeros_like(rz));
    direction.add(alpha, p);
    residual.add(-alpha, hp);
    active = active.logical_and(residual.dot(residual) > enough);
    if (!active.any().item<bool>()) break;
    z = preconditioned(residual);
    const at::Tensor next = residual.dot(z);
    active = active.logical_and(next > noise);
    const at::Tensor beta = at::where(active, next / rz, at::zeros_like(rz));
    rz = next;
    StackedPoint turned = z.clone();
    turned.add(beta, p);
    p = std::move(turned);
  }
  return direction;
}

// Moves each problem along its direction by the first of 1, 1/2, 1/4, ... that lowers its objective
// enough; where the fall that is left is below rounding, by 1. Problems that find none stay, and
// are reported as stuck.
at::Tensor step_along(const LogisticStack& stack,
                      StackedPoint& point,
                      StackedState& state,
                      const StackedPoint& direction,
                      const at::Tensor& slope,
                      double lambda) {
  at::Tensor length = at::ones_like(slope);
  const at::Tensor rounding = state.objective.abs() * kRounding;
  for (int i = 0; i <= kHalvings; ++i) {
    StackedPoint trial = point.clone();
    trial.add(length, direction);
    StackedState found = stack.state(trial, lambda);
    const at::Tensor allowed = state.objective + slope * length * kArmijo + rounding;
    const at::Tensor good = (found.objective <= allowed).logical_or(length == 0);
    if (good.all().item<bool>()) {
      point = std::move(trial);
      state = std::move(found);
      return length == 0;
    }
    const at::Tensor shorter = i + 1 < kHalvings ? length * 0.5 : at::zeros_like(length);
    length = at::where(good, length, shorter);
  }
  return at::ones_like(length, at::kBool);
}

}  // namespace

SpectralPreconditioner::SpectralPreconditioner(const at::Tensor& features) {
  const auto n = static_cast<double>(features.size(0));
  if (features.size(1) <= features.size(0)) {
    auto [values, vectors] = at::linalg_eigh(at::mm(features.t(), features) / n);
    values_ = values.clamp_min_(0);
    vectors_ = vectors;
    return;
  }
  // Right singular vectors X^T u / sqrt(n s); those of vanishing s have no place in it.
  auto [values, vectors] = at::linalg_eigh(at::mm(features, features.t()) / n);
  const at::Tensor kept = at::nonzero(values > values.max() * 1e-6).flatten();
  values_ = values.index_select(0, kept);
  vectors_ = at::mm(features.t(), vectors.index_select(1, kept)) / (values_ * n).sqrt();
}

StackedPoint SpectralPreconditioner::apply(const StackedPoint& residual,
                                           const at::Tensor& kappa,
                                           double lambda) const {
  const auto& w = residual.weights;
  const at::Tensor flat = w.reshape({w.size(0), -1});
  const at::Tensor k = kappa.to(at::kFloat).view({1, -1, 1});
  const at::Tensor inside = at::mm(vectors_.t(), flat).view({vectors_.size(1), w.size(1), -1});
  // 1 / lambda outside the span of the vectors.
  const at::Tensor gain = (k * values_.view({-1, 1, 1}) + lambda).reciprocal_() - 1.0 / lambda;
  const at::Tensor weights =
      (flat / lambda + at::mm(vectors_, (inside * gain).view({vectors_.size(1), -1})))
          .view(w.sizes());
  return {weights, residual.bias / kappa.to(at::kFloat).view({-1, 1})};
}

NewtonResult minimise(const LogisticStack& all,
                      const StackedPoint& start,
                      double lambda,
                      const SpectralPreconditioner& preconditioner,
                      const NewtonOptions& options,
                      const std::function<void(int64_t)>& on_done) {
  const int64_t count = all.count();
  NewtonResult result{start.clone(), at::zeros({count}, at::kDouble),
                      std::vector<int64_t>(static_cast<size_t>(count), 0)};
  at::Tensor numbers = at::arange(count, at::kLong);  // of the problems still in the stack
  LogisticStack stack = all;
  StackedPoint point = start.clone();
  StackedState state = stack.state(point, lambda);
  at::Tensor stuck = at::zeros({count}, at::kBool);
  at::Tensor decrement = at::full({count}, std::numeric_limits<double>::infinity(), at::kDouble);
  at::Tensor best = decrement.clone();
  at::Tensor before = decrement.clone();  // the objective
  at::Tensor idle = at::zeros({count}, at::kLong);
  for (int64_t iteration = 0;; ++iteration) {
    StackedPoint gradient = stack.gradient(point, state, lambda);
    // The decrement is that of the point before the last step, so a bound for this one.
    const at::Tensor kkt = at::minimum(residual_of(gradient, point, lambda), decrement);
    const at::Tensor progress =
        (kkt < best * 0.9).logical_or(state.objective < before * (1.0 - kRounding * 10));
    idle = at::where(progress, at::zeros_like(idle), idle + 1);
    best = at::minimum(best, kkt);
    const bool last = iteration == options.max_iterations;
    const at::Tensor ended =
        last ? at::ones_like(stuck)
             : (kkt <= options.tolerance).logical_or(stuck).logical_or(idle >= kIdle);
    const at::Tensor done = at::nonzero(ended).flatten();
    if (done.numel() > 0) {
      const at::Tensor which = numbers.index_select(0, done);
      const StackedPoint found = point.of(done);
      result.point.weights.index_copy_(1, which, found.weights);
      result.point.bias.index_copy_(0, which, found.bias);
      result.kkt.index_copy_(0, which, kkt.index_select(0, done));
      for (int64_t i = 0; i < which.numel(); ++i) {
        result.iterations[static_cast<size_t>(which[i].item<int64_t>())] = iteration;
      }
      if (on_done) on_done(which.numel());
      const at::Tensor left = at::nonzero(ended.logical_not()).flatten();
      if (left.numel() == 0) return result;
      numbers = numbers.index_select(0, left);
      stack = all.of(numbers);
      point = point.of(left);
      gradient = gradient.of(left);
      best = best.index_select(0, left);
      idle = idle.index_select(0, left);
      state = stack.state(point, lambda);
    }
    const at::Tensor residual = residual_of(gradient, point, lambda);
    const at::Tensor exactness = residual.sqrt().clamp_(kMostExact, kForcing);
    const StackedPoint direction =
        newton_direction(stack, state, gradient, lambda, exactness, preconditioner);
    before = state.objective;
    const at::Tensor slope = gradient.dot(direction);
    decrement = (slope.neg().clamp_min_(0) / (2.0 * state.objective)).sqrt_();
    stuck = step_along(stack, point, state, direction, slope, lambda);
  }
}

}  // namespace strata::probes

#include "probes/logistic_stack.hpp"

#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using namespace strata::testing;

struct Small {
  at::Tensor features, labels, trains;
};

Small small() {
  at::manual_seed(3);
  return {
      at::randn({12, 4}), at::arange(12, at::kLong).remainder(3),
      at::arange(12, at::kLong).remainder(4).unsqueeze(1) != at::arange(2, at::kLong).unsqueeze(0)};
}

/// The objective of problem k in double precision by autograd's plain operations.
at::Tensor reference(
    const Small& s, int64_t k, const at::Tensor& w, const at::Tensor& b, double lambda) {
  const at::Tensor rows = at::nonzero(s.trains.select(1, k)).flatten();
  const at::Tensor x = s.features.index_select(0, rows).to(at::kDouble);
  const at::Tensor mean = x.mean(0), deviation = (x - mean).square().mean(0).sqrt();
  const at::Tensor logits = at::mm((x - mean) / deviation, w) + b;
  return at::cross_entropy_loss(logits, s.labels.index_select(0, rows)) +
         w.square().sum() * (0.5 * lambda);
}

TEST(LogisticStack, AgreesWithDoublePrecisionAndAutograd) {
  const Small s = small();
  const LogisticStack stack(s.features, s.labels, 3, s.trains, true);
  const StackedPoint point{at::randn({4, 2, 3}), at::randn({2, 3})};
  const StackedState state = stack.state(point, 0.1);
  const StackedPoint gradient = stack.gradient(point, state, 0.1);
  for (int64_t k = 0; k < 2; ++k) {
    at::Tensor w = point.weights.select(1, k).to(at::kDouble).clone();
    at::Tensor b = point.bias.select(0, k).to(at::kDouble).clone();
    w.requires_grad_(true);
    b.requires_grad_(true);
    const at::Tensor f = reference(s, k, w, b, 0.1);
    f.backward();
    EXPECT_NEAR(state.objective[k].item<double>(), f.item<double>(), 1e-6);
    EXPECT_TRUE(tensors_close(gradient.weights.select(1, k).to(at::kDouble), w.grad(), 1e-5));
    EXPECT_TRUE(tensors_close(gradient.bias.select(0, k).to(at::kDouble), b.grad(), 1e-5));
  }
}

TEST(LogisticStack, CurvatureIsTheChangeOfTheGradient) {
  const Small s = small();
  const LogisticStack stack(s.features, s.labels, 3, s.trains, true);
  const StackedPoint point{at::randn({4, 2, 3}), at::randn({2, 3})};
  const StackedPoint direction{at::randn({4, 2, 3}), at::randn({2, 3})};
  const double h = 1e-2;
  const auto gradient_at = [&](double t) {
    StackedPoint moved = point.clone();
    moved.add(at::full({2}, t, at::kDouble), direction);
    return stack.gradient(moved, stack.state(moved, 0.1), 0.1);
  };
  const StackedPoint up = gradient_at(h), down = gradient_at(-h);
  const StackedPoint product = stack.curvature(direction, stack.state(point, 0.1), 0.1);
  EXPECT_TRUE(tensors_close(product.weights, (up.weights - down.weights) / (2 * h), 1e-3));
  EXPECT_TRUE(tensors_close(product.bias, (up.bias - down.bias) / (2 * h), 1e-3));
}

TEST(LogisticStack, StartIsTheMinimumWithoutFeatures) {
  const Small s = small();
  const LogisticStack stack(s.features, s.labels, 3, s.trains, true);
  const StackedPoint start = stack.start();
  const StackedPoint gradient = stack.gradient(start, stack.state(start, 1.0), 1.0);
  EXPECT_LT(gradient.bias.abs().max().item<double>(), 1e-6);
}

TEST(LogisticStack, AClassWithoutTrainingRowsHasProbabilityZero) {
  Small s = small();
  s.trains = (s.labels != 2).unsqueeze(1);
  const LogisticStack stack(s.features, s.labels, 3, s.trains, true);
  const StackedState state = stack.state(stack.start(), 0.1);
  EXPECT_EQ(state.probabilities.select(2, 2).abs().max().item<double>(), 0.0);
  EXPECT_NEAR(state.nll[0].item<double>(), std::log(2.0), 1e-6);
}

TEST(LogisticStack, UndoesItsStandardisation) {
  const Small s = small();
  const LogisticStack stack(s.features, s.labels, 3, s.trains, true);
  const StackedPoint point{at::randn({4, 2, 3}), at::randn({2, 3})};
  const StackedPoint raw = stack.unstandardised(point);
  const at::Tensor logits =
      at::mm(s.features.to(at::kDouble), raw.weights.select(1, 1)) + raw.bias.select(0, 1);
  EXPECT_TRUE(tensors_close(logits, stack.logits(point).select(1, 1).to(at::kDouble), 1e-5));
}

}  // namespace
}  // namespace strata::probes

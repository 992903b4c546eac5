#include "styletransfer/picture_optimizer.hpp"

#include "base/error.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::some_picture;
using strata::testing::tensors_close;

constexpr OptimizerSettings kLbfgs{.kind = OptimizerSettings::Kind::lbfgs};
constexpr OptimizerSettings kAdam{.kind = OptimizerSettings::Kind::adam, .learning_rate = 5.0};

// |x - target|^2
optim::Function distance_to(const at::Tensor& target) {
  return [target](const at::Tensor& x) {
    const at::Tensor d = x - target;
    return optim::Evaluation{d.square().sum().item<double>(), d * 2.0};
  };
}

TEST(PictureOptimizer, OfEitherKindComesNearerToTheOptimum) {
  const at::Tensor start = some_picture(5, 6, 1);
  const at::Tensor target = some_picture(5, 6, 2);
  for (const auto& settings : {kLbfgs, kAdam}) {
    const auto optimizer = make_picture_optimizer(start, settings, 255.0);
    for (int i = 0; i < 60; ++i) optimizer->iterate(distance_to(target));
    const double before = (start - target).norm().item<double>();
    EXPECT_LT((optimizer->picture() - target).norm().item<double>(), 0.1 * before);
  }
}

TEST(PictureOptimizer, LeavesTheStartAlone) {
  const at::Tensor start = some_picture(5, 6, 3);
  const at::Tensor copy = start.clone();
  for (const auto& settings : {kLbfgs, kAdam}) {
    make_picture_optimizer(start, settings, 1.0)->iterate(distance_to(some_picture(5, 6, 4)));
    EXPECT_TRUE(start.equal(copy));
  }
}

// The first step of Adam is the learning rate in each entry, whatever the gradient.
TEST(PictureOptimizer, TakesAdamsLearningRateInPixelUnits) {
  const at::Tensor start = some_picture(5, 6, 5);
  const auto optimizer = make_picture_optimizer(start, kAdam, 255.0);
  optimizer->iterate(distance_to(at::zeros_like(start)));
  EXPECT_TRUE(tensors_close(start - optimizer->picture(), at::full_like(start, 5.0 / 255.0), 1e-4));
}

// Gradients of c L and steps in u = 255 x: epsilon counts per pixel unit, so that it weighs the
// same in both units.
TEST(PictureOptimizer, TakesAdamsEpsilonPerPixelUnit) {
  OptimizerSettings settings = kAdam;
  settings.learning_rate = 1.0;
  settings.epsilon = 0.5;
  const at::Tensor start = some_picture(5, 6, 6), target = some_picture(5, 6, 7);
  const auto in_x = make_picture_optimizer(start, settings, 255.0);
  const auto in_u = make_picture_optimizer(start * 255.0, settings, 1.0);
  const optim::Function of_u = [&](const at::Tensor& u) {
    optim::Evaluation e = distance_to(target)(u / 255.0);
    return optim::Evaluation{e.loss, e.gradient / 255.0};
  };
  for (int i = 0; i < 3; ++i) {
    in_x->iterate(distance_to(target));
    in_u->iterate(of_u);
  }
  EXPECT_TRUE(tensors_close(in_x->picture() * 255.0, in_u->picture(), 1e-9));
}

TEST(PictureOptimizer, KeepsTheLastPictureWithAFiniteObjective) {
  const at::Tensor start = some_picture(5, 6, 8);
  for (const auto& settings : {kLbfgs, kAdam}) {
    const auto optimizer = make_picture_optimizer(start, settings, 1.0);
    EXPECT_TRUE(optimizer->last_good().equal(start));
    int evaluations = 0;
    double last_finite = 0.0;
    const optim::Function breaks = [&](const at::Tensor& x) {
      optim::Evaluation e = distance_to(at::zeros_like(x))(x);
      if (++evaluations > 3) {
        e.loss = std::numeric_limits<double>::quiet_NaN();
        e.gradient.fill_(e.loss);
      } else {
        last_finite = e.loss;
      }
      return e;
    };
    EXPECT_THROW(
        {
          for (int i = 0; i < 60; ++i) optimizer->iterate(breaks);
        },
        NumericalError);
    const double kept = distance_to(at::zeros_like(start))(optimizer->last_good()).loss;
    EXPECT_TRUE(std::isfinite(kept));
    if (settings.kind == OptimizerSettings::Kind::adam) {
      EXPECT_DOUBLE_EQ(kept, last_finite);
    }
  }
}

}  // namespace
}  // namespace strata::styletransfer

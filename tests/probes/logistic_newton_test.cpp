#include "probes/logistic_newton.hpp"

#include "testing/testing.hpp"

#include <stdexcept>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using namespace strata::testing;

TEST(SpectralPreconditioner, InvertsShiftedSecondMoments) {
  at::manual_seed(5);
  for (const int64_t columns : {5, 40}) {  // fewer and more than rows
    const at::Tensor x = at::randn({20, columns});
    const SpectralPreconditioner preconditioner(x);
    const at::Tensor r = at::randn({columns, 1, 3});
    const StackedPoint z =
        preconditioner.apply({r, at::randn({1, 3})}, at::full({1}, 0.4, at::kDouble), 0.2);
    const at::Tensor moment = at::mm(x.t(), x) / 20.0 * 0.4 + at::eye(columns) * 0.2;
    EXPECT_TRUE(tensors_close(at::mm(moment, z.weights.select(1, 0)), r.select(1, 0), 1e-4));
  }
}

TEST(LogisticNewton, EndsEveryProblemAtItsMinimum) {
  at::manual_seed(6);
  const at::Tensor x = at::randn({60, 6});
  const at::Tensor labels = at::arange(60, at::kLong).remainder(3);
  const at::Tensor trains =
      at::arange(60, at::kLong).remainder(5).unsqueeze(1) != at::arange(5, at::kLong).unsqueeze(0);
  const LogisticStack stack(x, labels, 3, trains, true);
  int64_t ended = 0;
  const NewtonResult found = minimise(stack, stack.start(), 1e-2, SpectralPreconditioner(x),
                                      {1e-5, 50}, [&](int64_t n) { ended += n; });
  EXPECT_EQ(ended, 5);
  EXPECT_LE(found.kkt.max().item<double>(), 1e-5);
  const StackedState state = stack.state(found.point, 1e-2);
  const StackedPoint gradient = stack.gradient(found.point, state, 1e-2);
  EXPECT_LT(gradient.weights.abs().max().item<double>(), 1e-5);
}

TEST(LogisticNewton, StopsAtItsIterationsAndSaysHowFarItWas) {
  at::manual_seed(7);
  const at::Tensor x = at::randn({60, 6});
  const at::Tensor labels = at::arange(60, at::kLong).remainder(2);
  const LogisticStack stack(x, labels, 2, at::ones({60, 1}, at::kBool), true);
  const NewtonResult found =
      minimise(stack, stack.start(), 1e-3, SpectralPreconditioner(x), {1e-12, 1}, {});
  EXPECT_EQ(found.iterations[0], 1);
  EXPECT_GT(found.kkt[0].item<double>(), 1e-12);
}

TEST(LogisticNewton, LetsTheCallerStop) {
  const at::Tensor x = at::randn({20, 2});
  const LogisticStack stack(x, at::arange(20, at::kLong).remainder(2), 2,
                            at::ones({20, 1}, at::kBool), true);
  EXPECT_THROW(minimise(stack, stack.start(), 0.1, SpectralPreconditioner(x), {},
                        [](int64_t) { throw std::runtime_error("stop"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace strata::probes

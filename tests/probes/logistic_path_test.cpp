#include "probes/logistic_path.hpp"

#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

using testing::normal;
using testing::tensors_close;

struct Sample {
  LogisticSpace space;
  at::Tensor labels;

  /// Classes apart by `distance` along as many columns; some rows are there twice.
  Sample(int64_t rows, int64_t columns, int64_t classes, double distance) {
    labels = at::arange(rows, at::kLong).remainder(classes);
    at::Tensor x = normal({rows, columns}, 1, at::kDouble);
    x.narrow(1, 0, classes).add_(at::one_hot(labels, classes).to(at::kDouble) * distance);
    x.narrow(0, 0, classes).copy_(x.narrow(0, classes, classes));
    const at::Tensor all = at::arange(rows, at::kLong);
    space = logistic_space(x.to(at::kFloat), all, all.narrow(0, 0, 1), true);
  }
};

/// F by Newton steps with the whole Hessian, in float64. Without intercepts' null direction by a
/// penalty too small to be seen.
double dense_minimum(const Sample& sample, int64_t classes, double lambda) {
  const at::Tensor& x = sample.space.training;
  const int64_t n = x.size(0), r = x.size(1), size = classes * r;
  const auto count = static_cast<double>(n);
  const at::Tensor targets = at::one_hot(sample.labels, classes).to(at::kDouble);
  at::Tensor penalty = at::full({r}, lambda, at::kDouble);
  penalty[r - 1] = 0.0;
  at::Tensor w = at::zeros({r, classes}, at::kDouble);
  const auto objective = [&](const at::Tensor& at) {
    const at::Tensor log_p = at::log_softmax(at::mm(x, at), 1);
    return -(log_p * targets).sum().item<double>() / count +
           0.5 * (penalty.unsqueeze(1) * at.square()).sum().item<double>();
  };
  for (int i = 0; i < 60; ++i) {
    const at::Tensor p = at::softmax(at::mm(x, w), 1);
    const at::Tensor gradient = at::mm(x.t(), p - targets) / count + penalty.unsqueeze(1) * w;
    at::Tensor hessian = at::zeros({classes, r, classes, r}, at::kDouble);
    for (int64_t a = 0; a < classes; ++a) {
      for (int64_t b = 0; b < classes; ++b) {
        at::Tensor weight = -p.select(1, a) * p.select(1, b) / count;
        if (a == b) weight = weight + p.select(1, a) / count;
        at::Tensor block = at::mm(x.t(), x * weight.unsqueeze(1));
        if (a == b) block = block + at::diag(penalty);
        hessian.select(0, a).select(1, b).copy_(block);
      }
    }
    const at::Tensor whole = hessian.view({size, size}) + 1e-13 * at::eye(size, at::kDouble);
    const at::Tensor step =
        at::linalg_solve(whole, gradient.t().reshape({size})).view({classes, r}).t();
    double length = 1.0;
    const double here = objective(w);
    while (length > 1e-9 && !(objective(w - length * step) <= here)) length *= 0.5;
    w = w - length * step;
  }
  return objective(w);
}

TEST(LogisticPath, AgreesWithDenseNewtonStepsOnSmallProblems) {
  struct Shape {
    int64_t rows, columns, classes;
    double distance;
  };
  // Overlapping classes; separable ones; two classes; more columns than rows.
  for (const Shape& shape :
       {Shape{60, 4, 3, 1.0}, Shape{60, 5, 4, 6.0}, Shape{40, 3, 2, 1.5}, Shape{16, 30, 3, 1.0}}) {
    const Sample sample(shape.rows, shape.columns, shape.classes, shape.distance);
    const std::vector<double> lambdas = {1e-4, 10.0, 1e-1, 1e-6, 1e-2};
    const auto points =
        fit_path(sample.space, sample.labels, shape.classes, lambdas, {.tolerance = 1e-6}, {});
    for (size_t i = 0; i < lambdas.size(); ++i) {
      const double expected = dense_minimum(sample, shape.classes, lambdas[i]);
      EXPECT_LE(points[i].kkt_residual, 1e-6);
      EXPECT_NEAR(points[i].objective, expected, 1e-9 * expected)
          << shape.rows << " rows, lambda " << lambdas[i];
    }
  }
}

TEST(LogisticPath, KeepsThePromiseThatTheToleranceGives) {
  const Sample sample(80, 6, 3, 2.0);
  const std::vector<double> lambdas = {1.0, 1e-2, 1e-4, 1e-6};
  const auto exact = fit_path(sample.space, sample.labels, 3, lambdas, {.tolerance = 1e-9}, {});
  for (const double tolerance : {1e-1, 1e-2, 1e-3}) {
    const auto rough =
        fit_path(sample.space, sample.labels, 3, lambdas, {.tolerance = tolerance}, {});
    for (size_t i = 0; i < lambdas.size(); ++i) {
      const double gap = rough[i].objective - exact[i].objective;
      EXPECT_GE(gap, -1e-12);
      EXPECT_LE(gap, 4 * tolerance * tolerance * exact[i].objective);
      EXPECT_LE(rough[i].iterations, exact[i].iterations);
    }
  }
}

TEST(LogisticPath, ReportsWhatItsWeightsGive) {
  const Sample sample(50, 5, 3, 1.0);
  const auto points = fit_path(sample.space, sample.labels, 3, {1e-2}, {}, {});
  const at::Tensor logits = at::mm(sample.space.training, points[0].weights.t());
  const double nll = at::cross_entropy_loss(logits, sample.labels).item<double>();
  const double square = points[0].weights.narrow(1, 0, 5).square().sum().item<double>();
  EXPECT_NEAR(points[0].nll, nll, 1e-12);
  EXPECT_NEAR(points[0].objective, nll + 0.5e-2 * square, 1e-12);
  const at::Tensor common = points[0].weights.narrow(1, 0, 5).sum(0);
  EXPECT_NEAR(common.abs().max().item<double>(), 0.0, 1e-3)
      << "the penalty leaves no part that all classes share";
}

TEST(LogisticPath, WithoutFeaturesGivesTheSharesOfTheClasses) {
  LogisticSpace space;
  space.training = at::ones({6, 1}, at::kDouble);
  space.others = at::ones({0, 1}, at::kDouble);
  space.second_moments = at::ones({1}, at::kDouble);
  const at::Tensor labels = at::tensor({0, 0, 0, 1, 1, 2}, at::kLong);
  const auto points = fit_path(space, labels, 3, {1e-2}, {}, {});
  const at::Tensor shares = at::softmax(points[0].weights.squeeze(1), 0);
  EXPECT_TRUE(tensors_close(shares, at::tensor({3.0, 2.0, 1.0}, at::kDouble) / 6, 1e-12));
  EXPECT_LE(points[0].kkt_residual, 1e-12);
}

TEST(LogisticPath, OfOneClassIsDoneAtOnce) {
  const Sample sample(20, 4, 2, 1.0);
  const auto points = fit_path(sample.space, at::zeros({20}, at::kLong), 1, {1e-2, 1.0}, {}, {});
  for (const auto& point : points) {
    EXPECT_EQ(point.objective, 0.0);
    EXPECT_EQ(point.kkt_residual, 0.0);
    EXPECT_EQ(point.iterations, 0);
  }
}

TEST(LogisticPath, EndsAtTheMostIterationsAllowedAndSaysHowFarItGot) {
  const Sample sample(60, 6, 3, 3.0);
  int64_t done = 0;
  const auto points =
      fit_path(sample.space, sample.labels, 3, {1e-5, 1e-6},
               {.tolerance = 1e-8, .max_iterations = 5}, [&](int64_t count) { done += count; });
  EXPECT_EQ(done, 2);
  for (const auto& point : points) {
    EXPECT_EQ(point.iterations, 5);
    EXPECT_GT(point.kkt_residual, 1e-8);
    EXPECT_LT(point.nll, std::log(3.0));
  }
}

}  // namespace
}  // namespace strata::probes

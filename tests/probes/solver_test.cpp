#include "probes/solver.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::probes {
namespace {

using namespace strata::testing;

/// Features by a formula that tests/golden/logistic.py has too.
at::Tensor formula_features(int64_t rows, int64_t columns) {
  at::Tensor x = at::empty({rows, columns}, at::kFloat);
  auto a = x.accessor<float, 2>();
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      const double label = static_cast<double>(i % 3);
      const double wave =
          std::sin(0.7 * static_cast<double>(i * i % 97) + 1.3 * static_cast<double>(j) +
                   0.01 * static_cast<double>(i * j));
      a[i][j] = static_cast<float>((1.0 + 0.5 * static_cast<double>(j)) *
                                   (wave + 0.4 * label * std::cos(static_cast<double>(j))));
    }
  }
  return x;
}

LogisticProblem formula_problem(int64_t rows = 90, int64_t columns = 8) {
  LogisticProblem problem;
  problem.features = formula_features(rows, columns);
  problem.classes = 3;
  problem.fold_count = 5;
  for (int64_t i = 0; i < rows; ++i) {
    problem.labels.push_back(i % 3);
    problem.folds.push_back((i / 3) % 5);
  }
  problem.lambdas = {1.0, 1e-1, 1e-2, 1e-3, 1e-4};
  return problem;
}

TEST(Solver, AgreesWithScikitLearnFoldByFold) {
  std::ifstream file(STRATA_SOURCE_DIR "/tests/golden/logistic.json");
  const auto goldens = nlohmann::json::parse(file);
  ASSERT_EQ(goldens.size(), 18U);
  for (const auto& golden : goldens) {
    LogisticProblem problem = formula_problem(90, golden["columns"].get<int64_t>());
    problem.lambdas = {golden["lambda"].get<double>()};
    const auto cells = fit_logistic(problem, {.tolerance = 1e-5});
    const LogisticCell& cell = cells.at(golden["fold"].get<size_t>());
    const double objective = golden["objective"].get<double>();
    EXPECT_TRUE(cell.converged);
    EXPECT_NEAR(cell.objective, objective, 1e-7 * objective);
    EXPECT_NEAR(cell.test_nll, golden["test_nll"].get<double>(),
                1e-3 * std::max(1.0, golden["test_nll"].get<double>()));
    EXPECT_EQ(cell.predictions, golden["predictions"].get<std::vector<int64_t>>());
  }
}

TEST(Solver, GivesCellsInTheOrderOfTheLambdasGiven) {
  LogisticProblem problem = formula_problem();
  const auto forward = fit_logistic(problem, {});
  std::reverse(problem.lambdas.begin(), problem.lambdas.end());
  const auto backward = fit_logistic(problem, {});
  ASSERT_EQ(forward.size(), 25U);
  for (size_t i = 0; i < 5; ++i) {
    for (size_t k = 0; k < 5; ++k) {
      EXPECT_EQ(forward[i * 5 + k].lambda, backward[(4 - i) * 5 + k].lambda);
      EXPECT_EQ(forward[i * 5 + k].fold, static_cast<int64_t>(k));
      EXPECT_EQ(forward[i * 5 + k].objective, backward[(4 - i) * 5 + k].objective);
    }
  }
}

TEST(Solver, DoesNotSeeTheScaleOfAColumnItStandardises) {
  LogisticProblem problem = formula_problem();
  const auto before = fit_logistic(problem, {.tolerance = 1e-5});
  problem.features = problem.features * at::logspace(-3, 4, 8) + 2.0;
  const auto after = fit_logistic(problem, {.tolerance = 1e-5});
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after[i].objective, before[i].objective, 1e-4 * before[i].objective);
  }
}

TEST(Solver, DoesNotSeeTheOrderOfRows) {
  LogisticProblem problem = formula_problem();
  const auto before = fit_logistic(problem, {});
  problem.features = problem.features.flip({0}).contiguous();
  std::reverse(problem.labels.begin(), problem.labels.end());
  std::reverse(problem.folds.begin(), problem.folds.end());
  const auto after = fit_logistic(problem, {});
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after[i].objective, before[i].objective, 1e-5 * before[i].objective);
    EXPECT_EQ(after[i].accuracy, before[i].accuracy);
  }
}

TEST(Solver, ConvergesWithMoreColumnsThanRowsAndVanishingLambda) {
  LogisticProblem problem = formula_problem(60, 150);
  problem.lambdas = {1e-1, 1e-3, 1e-6};
  for (const LogisticCell& cell : fit_logistic(problem, {})) {
    EXPECT_TRUE(cell.converged) << cell.lambda << " " << cell.kkt_residual;
  }
}

TEST(Solver, ConvergesWhereClassesOverlapAndLambdaVanishes) {
  LogisticProblem problem = formula_problem(90, 3);
  at::manual_seed(1);
  problem.features = at::randn({90, 3});  // labels that nothing tells
  problem.lambdas = {1e-2, 1e-5, 1e-8};
  for (const LogisticCell& cell : fit_logistic(problem, {})) {
    EXPECT_TRUE(cell.converged) << cell.lambda << " " << cell.kkt_residual;
    EXPECT_LT(cell.iterations, 400);
  }
}

TEST(Solver, LeavesOutConstantColumnsAndBearsDoubledOnes) {
  LogisticProblem problem = formula_problem();
  const auto before = fit_logistic(problem, {.tolerance = 1e-5});
  problem.features = at::cat({problem.features, at::full({90, 2}, 7.25F)}, 1).contiguous();
  const auto after = fit_logistic(problem, {.tolerance = 1e-5});
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after[i].objective, before[i].objective, 1e-5 * before[i].objective);
  }
  problem.features = at::cat({problem.features, problem.features}, 1).contiguous();
  for (const LogisticCell& cell : fit_logistic(problem, {})) EXPECT_TRUE(cell.converged);
}

TEST(Solver, AClassThatAFoldNeverTrainedIsNeverPredictedThere) {
  LogisticProblem problem = formula_problem();
  for (size_t i = 0; i < problem.labels.size(); ++i) {
    if (problem.labels[i] == 2) problem.folds[i] = 0;
  }
  const auto cells = fit_logistic(problem, {});
  for (const int64_t predicted : cells[0].predictions) EXPECT_NE(predicted, 2);
  EXPECT_EQ(cells[0].test_nll, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isfinite(cells[1].test_nll));
}

TEST(Solver, RowsOutsideOfAllFoldsAreTrainedOnAndNeverTested) {
  LogisticProblem problem = formula_problem();
  for (size_t i = 0; i < 15; ++i) problem.folds[i] = -1;
  const auto cells = fit_logistic(problem, {});
  int64_t tested = 0;
  for (size_t k = 0; k < 5; ++k) {
    tested += cells[k].test_rows;
    EXPECT_EQ(cells[k].training_rows + cells[k].test_rows, 90);
  }
  EXPECT_EQ(tested, 75);
}

TEST(Solver, ProbabilitiesAgreeWithWhatIsReported) {
  const auto cells = fit_logistic(formula_problem(), {.probabilities = true});
  const LogisticCell& cell = cells[7];
  EXPECT_TRUE(tensors_close(cell.probabilities.sum(1), at::ones({18}, at::kDouble), 1e-9));
  for (int64_t i = 0; i < 18; ++i) {
    EXPECT_EQ(cell.probabilities[i].argmax().item<int64_t>(),
              cell.predictions[static_cast<size_t>(i)]);
  }
}

TEST(Solver, TheModelOnAllRowsIsInUnitsOfTheRawFeatures) {
  const LogisticProblem problem = formula_problem();
  const LogisticModel model = fit_logistic_model(problem, 1e-2, {.tolerance = 1e-5});
  ASSERT_TRUE(model.converged);
  const at::Tensor logits = at::mm(problem.features.to(at::kDouble), model.weights) + model.bias;
  const at::Tensor x = problem.features.to(at::kDouble);
  const at::Tensor deviation = (x - x.mean(0)).square().mean(0).sqrt();
  const double penalty =
      (model.weights * deviation.unsqueeze(1)).square().sum().item<double>() * 0.5e-2;
  const double nll =
      at::cross_entropy_loss(logits, at::tensor(problem.labels, at::kLong)).item<double>();
  EXPECT_NEAR(nll + penalty, model.objective, 1e-5);
}

TEST(Solver, RefusesWhatItCannotUse) {
  const auto refuses = [](auto&& change, const std::string& what) {
    LogisticProblem problem = formula_problem();
    change(problem);
    return throws<Error>([&] { fit_logistic(problem, {}); }, what);
  };
  EXPECT_TRUE(refuses([](LogisticProblem& p) { p.lambdas = {0.1, -1}; }, "-1"));
  EXPECT_TRUE(refuses([](LogisticProblem& p) { p.labels[3] = 9; }, "row 3 has label 9"));
  EXPECT_TRUE(refuses([](LogisticProblem& p) { p.labels.pop_back(); }, "89 labels"));
  EXPECT_TRUE(refuses(
      [](LogisticProblem& p) { p.features[2][1] = std::numeric_limits<float>::quiet_NaN(); },
      "finite"));
  EXPECT_TRUE(refuses([](LogisticProblem& p) { p.folds.assign(90, 0); }, "no rows to train on"));
}

}  // namespace
}  // namespace strata::probes

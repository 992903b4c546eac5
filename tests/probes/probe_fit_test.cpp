#include "probes/probe_fit.hpp"

#include "base/random.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using namespace strata::testing;

ProbeChoice choice() {
  ProbeChoice c;
  c.lambdas = {1.0, 0.1, 0.01, 0.001};
  return c;
}

double chosen_accuracy(const ProbeFit& fit) {
  double sum = 0, count = 0;
  for (const FoldFit& fold : fit.fits) {
    if (!fold.chosen) continue;
    sum += fold.accuracy;
    count += 1;
  }
  return sum / count;
}

TEST(ProbeFit, HasOneFitForEachRepeatFoldAndLambda) {
  const ToyProblem toy = toy_problem(60, 5, 3, 1.0, 1);
  const ProbeFit fit = fit_probe(toy.features, toy.task, choice());
  ASSERT_EQ(fit.fits.size(), 20U);
  EXPECT_TRUE(fit.converged());
  for (int64_t fold = 0; fold < 5; ++fold) {
    int chosen = 0;
    for (size_t i = 0; i < 4; ++i) {
      const FoldFit& row = fit.fits[static_cast<size_t>(fold) * 4 + i];
      EXPECT_EQ(row.fold, fold);
      EXPECT_EQ(row.lambda, choice().lambdas[i]);
      EXPECT_EQ(row.training_rows + row.test_rows, 60);
      chosen += row.chosen ? 1 : 0;
    }
    EXPECT_EQ(chosen, 1);
  }
}

TEST(ProbeFit, FindsWhatIsThere) {
  const ToyProblem toy = toy_problem(150, 8, 3, 1.5, 2);
  EXPECT_GT(chosen_accuracy(fit_probe(toy.features, toy.task, choice())), 0.85);
}

TEST(ProbeFit, FindsNothingInShuffledLabels) {
  ToyProblem toy = toy_problem(150, 8, 3, 1.5, 3);
  Random random(3, "shuffle");
  random.shuffle(std::span<int64_t>(toy.task.labels));
  // 150 guesses at one in three: a standard deviation of 3.8 points.
  EXPECT_NEAR(chosen_accuracy(fit_probe(toy.features, toy.task, choice())), 1.0 / 3, 0.13);
}

TEST(ProbeFit, ChoosesLambdaByTheOtherFoldsAlone) {
  // The labels of fold 0 are turned around after training would have seen them: what fold 0 chooses
  // must stay as it was, since it never looked.
  ToyProblem toy = toy_problem(100, 20, 2, 0.3, 4);
  const auto chosen_of_fold_0 = [&] {
    const ProbeFit fit = fit_probe(toy.features, toy.task, choice());
    std::vector<double> seen;
    for (const FoldFit& row : fit.fits) {
      if (row.fold == 0) seen.push_back(row.chosen ? -row.inner_accuracy : row.inner_accuracy);
    }
    return seen;
  };
  const auto before = chosen_of_fold_0();
  for (size_t i = 0; i < 100; ++i) {
    if (toy.task.folds[0][i] == 0) toy.task.labels[i] = 1 - toy.task.labels[i];
  }
  EXPECT_EQ(chosen_of_fold_0(), before);
}

TEST(ProbeFit, PredictsEachRowByAProbeThatHadNotSeenIt) {
  const ToyProblem toy = toy_problem(90, 6, 3, 1.0, 5);
  const ProbeFit fit = fit_probe(toy.features, toy.task, choice());
  double right = 0;
  for (size_t i = 0; i < 90; ++i) {
    ASSERT_GE(fit.predictions[i], 0);
    right += fit.predictions[i] == toy.task.labels[i] ? 1 : 0;
  }
  EXPECT_NEAR(right / 90, chosen_accuracy(fit), 1e-12) << "folds of equal size";
}

TEST(ProbeFit, JudgesTheTestPartOnceAndKeepsItOutOfTheFolds) {
  ToyProblem toy = toy_problem(120, 6, 3, 1.5, 6);
  for (size_t i = 0; i < 30; ++i) {
    toy.task.test[i] = true;
    toy.task.folds[0][i] = -1;
  }
  const ProbeFit fit = fit_probe(toy.features, toy.task, choice());
  ASSERT_TRUE(fit.test);
  EXPECT_EQ(fit.test->rows, 30);
  EXPECT_TRUE(fit.test->converged);
  EXPECT_GT(fit.test->accuracy, 0.8);
  for (const FoldFit& row : fit.fits) EXPECT_EQ(row.training_rows + row.test_rows, 90);
  for (size_t i = 0; i < 30; ++i) EXPECT_EQ(fit.predictions[i], -1);

  ToyProblem spoiled = toy;
  for (int64_t i = 0; i < 30; ++i) spoiled.features[i] = 1e3;
  const ProbeFit again = fit_probe(spoiled.features, spoiled.task, choice());
  for (size_t i = 0; i < fit.fits.size(); ++i) {
    EXPECT_EQ(again.fits[i].accuracy, fit.fits[i].accuracy);
    EXPECT_EQ(again.fits[i].chosen, fit.fits[i].chosen);
  }
}

TEST(ProbeFit, IsNotConvergedWithoutAChoiceInEveryFold) {
  const ToyProblem toy = toy_problem(60, 5, 3, 1.0, 7);
  ProbeFit fit = fit_probe(toy.features, toy.task, choice());
  for (FoldFit& row : fit.fits) {
    if (row.fold == 2) row.chosen = false;
  }
  EXPECT_FALSE(fit.converged());
  EXPECT_FALSE(ProbeFit().converged());
}

TEST(ProbeFit, ReportsProgressToTheEndAndStopsWhenItThrows) {
  const ToyProblem toy = toy_problem(60, 5, 3, 1.0, 8);
  int64_t last = 0;
  fit_probe(toy.features, toy.task, choice(), [&](int64_t done, int64_t total) {
    EXPECT_GE(done, last);
    EXPECT_EQ(total, count_fits(choice()));
    last = done;
  });
  EXPECT_GT(last, count_fits(choice()) * 3 / 4);
  EXPECT_THROW(fit_probe(toy.features, toy.task, choice(),
                         [](int64_t, int64_t) { throw std::runtime_error("stop"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace strata::probes

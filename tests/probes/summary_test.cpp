#include "probes/summary.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

/// A cell of four folds of 25 rows with labels 0, whose chosen probes have the given accuracies.
Cell cell(const std::string& tap, const std::vector<double>& accuracies, double lambda = 0.1) {
  Cell c;
  c.network = "toy";
  c.tap = tap;
  c.feature = "gap";
  for (size_t fold = 0; fold < accuracies.size(); ++fold) {
    for (const double candidate : {1.0, 0.1, 0.01}) {
      FoldFit fit;
      fit.fold = static_cast<int64_t>(fold);
      fit.lambda = candidate;
      fit.test_rows = 25;
      fit.converged = true;
      fit.accuracy = candidate == lambda ? accuracies[fold] : 0;
      fit.nll = 1 - accuracies[fold];
      fit.chosen = candidate == lambda;
      c.fit.fits.push_back(fit);
    }
    for (int i = 0; i < 25; ++i) {
      c.fit.predictions.push_back(i < std::lround(25 * accuracies[fold]) ? 0 : 1);
    }
  }
  return c;
}

const std::vector<int64_t> kLabels(100, 0);

TEST(LayerSummary, IsTheMeanOverFoldsWithItsStandardError) {
  const LayerSummary layer = summarise({cell("a", {0.8, 0.6, 0.8, 0.6})}, kLabels).front();
  EXPECT_TRUE(layer.converged);
  EXPECT_NEAR(layer.accuracy, 0.7, 1e-12);
  EXPECT_NEAR(layer.standard_error, std::sqrt(4 * 0.01 / 3 / 4), 1e-12);
  EXPECT_NEAR(layer.nll, 0.3, 1e-12);
  EXPECT_EQ(layer.lambda, 0.1);
  EXPECT_FALSE(layer.lambda_at_end);
  EXPECT_TRUE(layer.best);
}

TEST(LayerSummary, SaysWhenLambdaIsAtAnEndOfThePath) {
  const auto layers = summarise(
      {cell("a", {0.8, 0.8, 0.8, 0.8}, 1.0), cell("b", {0.8, 0.8, 0.8, 0.8}, 0.01)}, kLabels);
  EXPECT_TRUE(layers[0].lambda_at_end);
  EXPECT_TRUE(layers[1].lambda_at_end);
}

TEST(LayerSummary, ComparesLayersPictureByPicture) {
  const auto layers =
      summarise({cell("low", {0.4, 0.4, 0.4, 0.4}), cell("close", {0.88, 0.8, 0.8, 0.8}),
                 cell("best", {0.88, 0.84, 0.8, 0.8})},
                kLabels);
  EXPECT_FALSE(layers[0].as_good_as_best);
  EXPECT_LT(layers[0].p_best, 1e-6);
  EXPECT_FALSE(layers[1].best);
  EXPECT_TRUE(layers[1].as_good_as_best) << "they differ in one picture";
  EXPECT_EQ(layers[1].p_best, 1.0);
  EXPECT_TRUE(layers[2].best);
}

TEST(LayerSummary, TakesTheShallowestOfEquals) {
  const auto layers =
      summarise({cell("a", {0.8, 0.8}), cell("b", {0.8, 0.8})}, std::vector<int64_t>(50, 0));
  EXPECT_TRUE(layers[0].best);
  EXPECT_TRUE(layers[1].as_good_as_best);
}

TEST(LayerSummary, NeverRanksWhatDidNotConverge) {
  Cell stuck = cell("stuck", {1, 1, 1, 1});
  for (FoldFit& fit : stuck.fit.fits) {
    if (fit.fold == 3) fit.chosen = fit.converged = false;
  }
  const auto layers = summarise({stuck, cell("b", {0.6, 0.6, 0.6, 0.6})}, kLabels);
  EXPECT_FALSE(layers[0].converged);
  EXPECT_TRUE(std::isnan(layers[0].accuracy));
  EXPECT_FALSE(layers[0].best);
  EXPECT_EQ(layers[0].unconverged, 3);
  EXPECT_TRUE(layers[1].best);
}

TEST(LayerSummary, ComparesOnlyWithinOneNetworkAndFeature) {
  Cell other = cell("b", {0.4, 0.4, 0.4, 0.4});
  other.feature = "gram";
  const auto layers = summarise({cell("a", {0.8, 0.8, 0.8, 0.8}), other}, kLabels);
  EXPECT_TRUE(layers[0].best);
  EXPECT_TRUE(layers[1].best);
}

}  // namespace
}  // namespace strata::probes

#include "probes/logistic_margins.hpp"

#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

using testing::normal;
using testing::tensors_close;

struct Sample {
  at::Tensor labels = at::tensor({0, 2, 1, 1, 0}, at::kLong);
  at::Tensor logits = normal({2, 3, 5}, 1, at::kDouble) * 3.0;  // problems, classes, rows
  at::Tensor probabilities = at::softmax(logits, 1);
  at::Tensor targets = at::one_hot(labels, 3).t().unsqueeze(0).to(at::kDouble);

  at::Tensor margins(at::ScalarType type) const {
    at::Tensor t = logits.to(type);
    OwnClass(labels, 3, type).subtract_from(t);
    return t;
  }
};

TEST(OwnClass, FitIsThatOfTheSoftmax) {
  const Sample sample;
  for (const auto type : {at::kDouble, at::kFloat}) {
    const MarginFit fit = OwnClass(sample.labels, 3, type).fit(sample.margins(type));
    const double tolerance = type == at::kDouble ? 1e-13 : 1e-5;
    const at::Tensor nll = -(sample.probabilities * sample.targets).sum(1).log().mean(1);
    EXPECT_TRUE(tensors_close(fit.nll, nll, tolerance));
    EXPECT_TRUE(tensors_close(fit.residuals, sample.probabilities - sample.targets, tolerance));
  }
}

TEST(OwnClass, MarginsAreZeroAtTheRowsOwnClasses) {
  const Sample sample;
  const at::Tensor margins = sample.margins(at::kDouble);
  EXPECT_EQ((margins * sample.targets).abs().max().item<double>(), 0.0);
  const at::Tensor differences = margins - sample.logits;
  EXPECT_TRUE(tensors_close(differences[1].select(0, 0), differences[1].select(0, 2), 1e-14));
}

TEST(OwnClass, LosesNoDigitsWhereARowIsFittedWell) {
  // A loss of 2 exp(-30), far below float32's distance of 1 - p from 1.
  const at::Tensor labels = at::zeros({1}, at::kLong);
  const at::Tensor margins = at::tensor({0.0F, -30.0F, -30.0F}).view({1, 3, 1});
  const MarginFit fit = OwnClass(labels, 3, at::kFloat).fit(margins);
  const double small = std::exp(-30.0);
  EXPECT_NEAR(fit.nll.item<double>() / (2 * small), 1.0, 1e-6);
  EXPECT_NEAR(fit.residuals[0][0][0].item<double>() / (-2 * small), 1.0, 1e-6);
  EXPECT_NEAR(fit.residuals[0][2][0].item<double>() / small, 1.0, 1e-6);
}

TEST(OwnClass, BearsMarginsBeyondTheRangeOfTheExponential) {
  const at::Tensor labels = at::zeros({2}, at::kLong);
  const at::Tensor margins = at::tensor({0.0F, 0.0F, 4000.0F, -4000.0F}).view({1, 2, 2});
  const MarginFit fit = OwnClass(labels, 2, at::kFloat).fit(margins);
  EXPECT_EQ(fit.nll.item<double>(), 2000.0);  // the mean of 4000 and 0
  EXPECT_TRUE(at::equal(fit.residuals, at::tensor({-1.0F, 0.0F, 1.0F, 0.0F}).view({1, 2, 2})));
}

TEST(MeanCurvature, IsThatOfTheProbabilities) {
  const Sample sample;
  const at::Tensor expected = (1 - sample.probabilities.square().sum(1)).mean(1) / 2;
  EXPECT_TRUE(
      tensors_close(mean_curvature(sample.probabilities - sample.targets), expected, 1e-13));
  EXPECT_EQ(mean_curvature(at::zeros({1, 1, 4})).item<double>(), 0.0);
}

}  // namespace
}  // namespace strata::probes

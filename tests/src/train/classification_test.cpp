#include "train/classification.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::train {
namespace {

using testing::throws;

const Samples kThree{at::Tensor(), {2, 0, 1}};

at::Tensor logits() {
  return at::tensor({0.5, -1.0, 2.0, 0.0, 3.0, 1.0, 1.0, 0.0, -2.0}, at::kDouble).view({3, 3});
}

TEST(Classification, LossIsTheSmoothedCrossEntropy) {
  const auto objective = make_classification("fc", 3, 0.3);
  EXPECT_EQ(objective->taps(), std::vector<std::string>{"fc"});
  const at::Tensor log_p = at::log_softmax(logits(), 1);
  double expected = 0;
  for (int64_t i = 0; i < 3; ++i) {
    for (int64_t c = 0; c < 3; ++c) {
      const double target = 0.3 / 3 + (c == kThree.labels[static_cast<size_t>(i)] ? 0.7 : 0.0);
      expected -= target * log_p[i][c].item<double>() / 3;
    }
  }
  EXPECT_NEAR(objective->loss(kThree, {logits()}).item<double>(), expected, 1e-6);
}

TEST(Classification, ScoreIsTheShareOfRightAnswersOverAllBatches) {
  const auto objective = make_classification("fc", 3, 0.0);
  const auto meter = objective->meter();
  meter->add(kThree, {logits()});  // right, wrong, wrong
  meter->add({at::Tensor(), {0}}, {at::tensor({1.0, 0.0, 0.0}).view({1, 3})});
  const Evaluation evaluation = meter->evaluation();
  EXPECT_DOUBLE_EQ(evaluation.score, 0.5);
  EXPECT_DOUBLE_EQ(evaluation.figures.at("accuracy"), 0.5);
  EXPECT_GT(evaluation.figures.at("cross-entropy"), 0);
}

TEST(Classification, NeedsTwoClasses) {
  EXPECT_TRUE(throws<UsageError>([] { make_classification("fc", 1, 0.0); }, "two classes"));
}

}  // namespace
}  // namespace strata::train

#include "styletransfer/losses/self_similarity.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

double value_of(const TapTerm& term, const at::Tensor& features) {
  return term.evaluate(features, 1.0, Want::value).value;
}

TEST(SelfSimilarity, GradientEqualsCentralDifferencesForEveryLayout) {
  const at::Tensor features = normal({1, 3, 4, 5}, 1, at::kDouble);
  for (const int64_t samples : {7, 100}) {
    const auto term = make_self_similarity(normal({1, 3, 4, 5}, 2, at::kDouble), {samples, 3});
    const at::Tensor expected =
        central_differences([&](const at::Tensor& x) { return value_of(*term, x); }, features);
    for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      const Loss loss = term->evaluate(features.contiguous(layout), 1.0, Want::gradient);
      EXPECT_TRUE(loss.gradient.is_contiguous(layout));
      EXPECT_TRUE(tensors_close(loss.gradient, expected, 1e-6));
    }
  }
}

TEST(SelfSimilarity, IgnoresRotationOfChannelsAndBrightnessOfPlaces) {
  const at::Tensor features = normal({1, 4, 5, 6}, 3, at::kDouble);
  const auto term = make_self_similarity(features, {});
  const at::Tensor turned = features.flip({1}) * (0.5 + normal({1, 1, 5, 6}, 4, at::kDouble).abs());
  EXPECT_NEAR(value_of(*term, turned), 0.0, 1e-12);
  EXPECT_GT(value_of(*term, features.flip({3})), 0.1);
}

TEST(SelfSimilarity, ComparesPositionsThatTheSeedDraws) {
  const at::Tensor target = normal({1, 4, 8, 8}, 5, at::kDouble);
  const at::Tensor features = normal({1, 4, 8, 8}, 6, at::kDouble);
  const auto value = [&](uint64_t seed) {
    return value_of(*make_self_similarity(target, {16, seed}), features);
  };
  EXPECT_EQ(value(1), value(1));
  EXPECT_NE(value(1), value(2));
  EXPECT_FALSE(make_self_similarity(target, {})->tileable());
}

TEST(SelfSimilarity, OfFlatAndSilentFeaturesIsFinite) {
  const at::Tensor target = normal({1, 4, 5, 6}, 7);
  for (const at::Tensor& features : {at::zeros_like(target), at::ones_like(target)}) {
    const Loss loss = make_self_similarity(target, {})->evaluate(features, 1.0, Want::gradient);
    EXPECT_LE(loss.value, 2.0);
    EXPECT_TRUE(loss.gradient.isfinite().all().item<bool>());
    EXPECT_EQ(value_of(*make_self_similarity(features, {}), features), 0.0);
  }
}

TEST(SelfSimilarity, RefusesFeaturesOfAnotherSize) {
  const auto term = make_self_similarity(normal({1, 2, 3, 3}, 8), {});
  EXPECT_THROW(term->evaluate(normal({1, 2, 3, 4}, 9), 1.0, Want::value), Fault);
}

}  // namespace
}  // namespace strata::styletransfer

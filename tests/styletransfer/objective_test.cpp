#include "styletransfer/objective.hpp"

#include "styletransfer/fixtures.hpp"
#include "styletransfer/losses/content_mse.hpp"
#include "styletransfer/losses/gram_style.hpp"
#include "styletransfer/losses/total_variation.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::small_backbone;
using strata::testing::some_picture;
using strata::testing::tensors_close;

// Content and style on one tap, style on another, and a regulariser.
Objective sample_objective() {
  Objective objective(small_backbone());
  const Backbone& backbone = objective.backbone();
  backbone.features(some_picture(8, 6, 11), [&](size_t tap, const at::Tensor& features) {
    if (tap != 1) return;
    objective.add("content", tap, 0.5, make_content_mse(features, ContentNormalisation::none));
  });
  backbone.features(some_picture(5, 9, 12), [&](size_t tap, const at::Tensor& features) {
    if (tap == 0) return;
    objective.add("style", tap, 2.0,
                  make_gram_style(channel_statistics(features), GramNormalisation::positions));
  });
  objective.add("tv", 0.1, make_total_variation(TotalVariationForm::squared_mean, 1.0));
  return objective;
}

TEST(Objective, GradientEqualsCentralDifferencesThroughTheNetwork) {
  const Objective objective = sample_objective();
  const at::Tensor picture = some_picture(8, 6, 1);
  const auto value = [&](const at::Tensor& x) { return objective.value(x).loss; };
  EXPECT_TRUE(tensors_close(objective.evaluate(picture).gradient,
                            central_differences(value, picture), 1e-6));
}

TEST(Objective, SaysTheSameWithAndWithoutGradient) {
  const Objective objective = sample_objective();
  const at::Tensor picture = some_picture(8, 6, 2);
  const ObjectiveValue with = objective.evaluate(picture);
  const ObjectiveValue without = objective.value(picture);
  EXPECT_FALSE(without.gradient.defined());
  ASSERT_EQ(with.terms.size(), without.terms.size());
  for (size_t i = 0; i < with.terms.size(); ++i) {
    EXPECT_NEAR(with.terms[i].value, without.terms[i].value, 1e-12 * with.terms[i].value);
  }
}

TEST(Objective, TermsHaveNamesWeightsAndAddUpToTheTotal) {
  const ObjectiveValue value = sample_objective().value(some_picture(8, 6, 3));
  ASSERT_EQ(value.terms.size(), 4U);
  EXPECT_EQ(value.terms[0].loss, "content");
  EXPECT_EQ(value.terms[0].tap, "relu2_1");
  EXPECT_EQ(value.terms[2].tap, "relu3_1");
  EXPECT_EQ(value.terms[2].weight, 2.0);
  EXPECT_EQ(value.terms[3].tap, "image");
  double sum = 0.0;
  for (const TermValue& term : value.terms) sum += term.value;
  EXPECT_DOUBLE_EQ(value.loss, sum);
  EXPECT_DOUBLE_EQ(value.sum_of("style"), value.terms[1].value + value.terms[2].value);
}

TEST(Objective, AsJsonListsEveryTerm) {
  const ObjectiveValue value = sample_objective().value(some_picture(8, 6, 4));
  const nlohmann::json json = to_json(value);
  EXPECT_EQ(json["total"].get<double>(), value.loss);
  ASSERT_EQ(json["terms"].size(), 4U);
  EXPECT_EQ(
      json["terms"][3],
      (nlohmann::json{
          {"loss", "tv"}, {"tap", "image"}, {"weight", 0.1}, {"value", value.terms[3].value}}));
}

TEST(Objective, ScalesTheWeightsOfOneKindOnly) {
  Objective objective = sample_objective();
  const at::Tensor picture = some_picture(8, 6, 5);
  const ObjectiveValue before = objective.value(picture);
  objective.scale_weights("style", 3.0);
  const ObjectiveValue after = objective.value(picture);
  EXPECT_DOUBLE_EQ(after.sum_of("content"), before.sum_of("content"));
  EXPECT_NEAR(after.sum_of("style"), 3.0 * before.sum_of("style"), 1e-12 * after.loss);
  EXPECT_EQ(after.terms[1].weight, 6.0);
}

TEST(Objective, OfSilentFeaturesIsTheTermsAtZero) {
  const ObjectiveValue silence = sample_objective().value_at_silence(8, 6);
  const auto backbone = small_backbone();
  backbone->features(some_picture(8, 6, 11), [&](size_t tap, const at::Tensor& features) {
    if (tap != 1) return;
    const double energy = features.square().mean().item<double>();
    EXPECT_NEAR(silence.terms[0].value, 0.5 * energy, 1e-12 * energy);
  });
  EXPECT_GT(silence.terms[1].value, 0.0);
  EXPECT_EQ(silence.terms[3].value, 0.0);
}

TEST(Objective, HasAnExactGradientWhereAllItsTermsHave) {
  EXPECT_TRUE(sample_objective().exact_gradient());
}

TEST(Objective, InBfloat16IsNearTheExactOne) {
  const auto build = [](at::ScalarType precision) {
    Objective objective(small_backbone({"relu1_1", "relu2_1", "relu3_1"}, precision));
    const auto options = objective.backbone().picture_options();
    objective.backbone().features(
        some_picture(40, 52, 12).to(options), [&](size_t tap, const at::Tensor& features) {
          objective.add("style", tap, 1.0,
                        make_gram_style(channel_statistics(features), GramNormalisation::target));
        });
    return objective;
  };
  const at::Tensor picture = some_picture(40, 52, 6);
  const ObjectiveValue exact = build(at::kDouble).evaluate(picture);
  const ObjectiveValue rounded = build(at::kBFloat16).evaluate(picture.to(at::kFloat));
  EXPECT_NEAR(rounded.loss, exact.loss, 0.05 * exact.loss);
  EXPECT_TRUE(tensors_close(rounded.gradient, exact.gradient, 0.1));
}

}  // namespace
}  // namespace strata::styletransfer

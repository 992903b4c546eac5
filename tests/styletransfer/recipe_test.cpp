#include "styletransfer/recipe.hpp"

#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <string>
#include <tuple>
#include <vector>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::preset_for_small_network;
using strata::testing::small_backbone;
using strata::testing::some_picture;
using strata::testing::tensors_close;

Recipe recipe_of(const std::string& preset_name) {
  Recipe recipe;
  recipe.preset = preset_for_small_network(preset_name);
  recipe.content = recipe.preset.content.layers;
  recipe.style = recipe.preset.style.layers;
  recipe.strength = recipe.preset.strength;
  return recipe;
}

TEST(Recipe, NamesEachOfItsLayersOnce) {
  EXPECT_EQ(recipe_of("gatys").taps(), (std::vector<std::string>{"relu2_1", "relu1_1", "relu3_1"}));
}

class EveryPreset : public ::testing::TestWithParam<const char*> {};

// Total variation by absolute differences has kinks, which central differences of random pictures
// do not meet.
TEST_P(EveryPreset, GradientOfItsObjectiveEqualsCentralDifferences) {
  const auto objective = build_objective(small_backbone(), recipe_of(GetParam()),
                                         some_picture(8, 6, 1), some_picture(7, 9, 2));
  const at::Tensor picture = some_picture(8, 6, 3);
  const auto value = [&](const at::Tensor& x) { return objective->value(x).loss; };
  EXPECT_TRUE(tensors_close(objective->evaluate(picture).gradient,
                            central_differences(value, picture), 1e-6));
}

TEST_P(EveryPreset, ObjectiveOfAPictureWithItselfAsTargetsIsItsRegulariser) {
  const at::Tensor picture = some_picture(8, 6, 4);
  const auto objective = build_objective(small_backbone(), recipe_of(GetParam()), picture, picture);
  const ObjectiveValue value = objective->value(picture);
  EXPECT_EQ(value.sum_of("content"), 0.0);
  EXPECT_LT(value.sum_of("style"), 1e-20);
  EXPECT_DOUBLE_EQ(value.loss, value.sum_of("tv"));
}

INSTANTIATE_TEST_SUITE_P(Recipe,
                         EveryPreset,
                         ::testing::Values("neural-style",
                                           "neural-style-pt",
                                           "neural-style-pt-normgrad",
                                           "gatys",
                                           "crowson-2021",
                                           "crowson-2023",
                                           "spst",
                                           "tensorflow",
                                           "strata"));

class EveryChoice : public ::testing::TestWithParam<std::tuple<ContentLoss, StyleLoss, Blend>> {
 protected:
  static Recipe recipe() {
    Recipe recipe = recipe_of("strata");
    std::tie(recipe.preset.content.loss, recipe.preset.style.loss, recipe.blend) = GetParam();
    recipe.preset.total_variation.weight = 0.0;
    return recipe;
  }
};

TEST_P(EveryChoice, HasAnExactGradientWithSeveralStyles) {
  const auto objective =
      build_objective(small_backbone(), recipe(), some_picture(8, 6, 1),
                      {{some_picture(7, 9, 2), 0.25}, {some_picture(8, 8, 3).square(), 0.75}});
  const at::Tensor picture = some_picture(8, 6, 4);
  const auto value = [&](const at::Tensor& x) { return objective->value(x).loss; };
  EXPECT_TRUE(tensors_close(objective->evaluate(picture).gradient,
                            central_differences(value, picture), 1e-5));
}

TEST_P(EveryChoice, IsCalibratedOnTheAnchorsWithSeveralStyles) {
  Recipe calibrated = recipe();
  calibrated.strength = 0.2;
  calibrated.preset.style.weight = 3.0;
  const at::Tensor content = some_picture(8, 6, 5);
  const at::Tensor a = some_picture(8, 6, 6).square(), b = some_picture(8, 6, 7).sqrt();
  const auto objective =
      build_objective(small_backbone(), calibrated, content, {{a, 0.25}, {b, 0.75}});
  EXPECT_NEAR(objective->value(content).sum_of("style"), 0.2 * 3.0, 1e-9);
  EXPECT_NEAR(
      0.25 * objective->value(a).sum_of("content") + 0.75 * objective->value(b).sum_of("content"),
      0.8, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(
    Recipe,
    EveryChoice,
    ::testing::Combine(::testing::Values(ContentLoss::mse, ContentLoss::self_similarity),
                       ::testing::Values(StyleLoss::gram, StyleLoss::mean_std, StyleLoss::w2),
                       ::testing::Values(Blend::targets, Blend::losses)));

TEST(Recipe, WithTheSameStyleTwiceIsTheOneWithItOnce) {
  const at::Tensor content = some_picture(8, 6, 1), style = some_picture(7, 9, 2);
  const at::Tensor picture = some_picture(8, 6, 3);
  const double once =
      build_objective(small_backbone(), recipe_of("strata"), content, style)->value(picture).loss;
  for (const Blend blend : {Blend::targets, Blend::losses}) {
    Recipe recipe = recipe_of("strata");
    recipe.blend = blend;
    const auto twice =
        build_objective(small_backbone(), recipe, content, {{style, 0.3}, {style, 0.7}});
    EXPECT_NEAR(twice->value(picture).loss, once, 1e-12 * once);
    EXPECT_EQ(twice->value(picture).terms.size(), blend == Blend::targets ? 5U : 8U);
  }
}

// sum_i w_i |G - G_i|^2 = |G - M|^2 + sum_i w_i |G_i - M|^2 with M = sum_i w_i G_i, for any G.
TEST(Recipe, WithMixedLossesIsThatOfMixedTargetsAndTheStylesOwnSpread) {
  const at::Tensor content = some_picture(8, 6, 1);
  const at::Tensor a = some_picture(8, 6, 2), b = some_picture(8, 6, 3).square();
  Recipe recipe = recipe_of("gatys");
  const auto style_loss = [&](Blend blend, const at::Tensor& picture) {
    recipe.blend = blend;
    return build_objective(small_backbone(), recipe, content, {{a, 0.25}, {b, 0.75}})
        ->value(picture)
        .sum_of("style");
  };
  const auto spread = [&](const at::Tensor& picture) {
    return style_loss(Blend::losses, picture) - style_loss(Blend::targets, picture);
  };
  const double at_content = spread(content);
  EXPECT_GT(at_content, 0.0);
  EXPECT_NEAR(spread(a), at_content, 1e-9 * style_loss(Blend::losses, content));
}

TEST(Recipe, WeighsLayersAsThePresetSays) {
  const auto weights = [](const std::string& preset) {
    const auto objective = build_objective(small_backbone(), recipe_of(preset),
                                           some_picture(8, 6, 5), some_picture(8, 6, 6));
    std::vector<double> all;
    for (const TermValue& term : objective->value(some_picture(8, 6, 7)).terms) {
      all.push_back(term.weight);
    }
    return all;
  };
  EXPECT_EQ(weights("neural-style-pt"), (std::vector<double>{5, 100, 100, 50, 1e-3}));
  // Layers of 4, 5 and 6 channels, the last with half the weight.
  EXPECT_EQ(weights("gatys"), (std::vector<double>{1, 1000.0 / 16, 1000.0 / 25, 500.0 / 36}));
}

}  // namespace
}  // namespace strata::styletransfer

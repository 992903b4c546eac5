#include "styletransfer/recipe.hpp"

#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

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
  EXPECT_EQ(value.sum_of("style"), 0.0);
  EXPECT_DOUBLE_EQ(value.loss, value.sum_of("tv"));
}

INSTANTIATE_TEST_SUITE_P(Recipe,
                         EveryPreset,
                         ::testing::Values("neural-style-pt", "gatys", "strata"));

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

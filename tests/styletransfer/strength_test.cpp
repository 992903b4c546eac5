#include "styletransfer/strength.hpp"

#include "styletransfer/fixtures.hpp"
#include "styletransfer/recipe.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::preset_for_small_network;
using strata::testing::small_backbone;
using strata::testing::some_picture;

constexpr double kStyleWeight = 3.0;

std::unique_ptr<Objective> calibrated(double strength,
                                      const at::Tensor& content,
                                      const at::Tensor& style) {
  Recipe recipe;
  recipe.preset = preset_for_small_network("strata");
  recipe.preset.total_variation.weight = 0.0;
  recipe.preset.style.weight = kStyleWeight;
  recipe.content = recipe.preset.content.layers;
  recipe.style = recipe.preset.style.layers;
  recipe.strength = strength;
  return build_objective(small_backbone(), recipe, content, style);
}

TEST(Strength, IsWhatTheContentPictureCostsAndTheRestWhatTheStylePictureCosts) {
  const at::Tensor content = some_picture(16, 12, 1);
  const at::Tensor style = some_picture(16, 12, 2).square();
  for (const double strength : {0.0, 0.2, 0.5, 1.0}) {
    const auto objective = calibrated(strength, content, style);
    EXPECT_NEAR(objective->value(content).loss, strength * kStyleWeight, 1e-12);
    EXPECT_NEAR(objective->value(style).loss, 1.0 - strength, 1e-12);
  }
}

TEST(Strength, MeansTheSameAtEverySize) {
  for (const int64_t side : {8, 16, 40}) {
    const at::Tensor content = some_picture(side, side, 3);
    const auto objective = calibrated(0.3, content, some_picture(side, side, 4).square());
    EXPECT_NEAR(objective->value(content).loss, 0.3 * kStyleWeight, 1e-12);
  }
}

TEST(Strength, OfTwoEqualPicturesIsFinite) {
  const at::Tensor picture = some_picture(12, 12, 5);
  const auto objective = calibrated(0.5, picture, picture);
  EXPECT_EQ(objective->value(picture).loss, 0.0);
  EXPECT_TRUE(std::isfinite(objective->value(some_picture(12, 12, 6)).loss));
}

}  // namespace
}  // namespace strata::styletransfer

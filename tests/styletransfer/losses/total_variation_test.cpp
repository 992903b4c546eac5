#include "styletransfer/losses/total_variation.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

constexpr TotalVariationForm kAll[] = {TotalVariationForm::l1_sum, TotalVariationForm::squared_sum,
                                       TotalVariationForm::squared_mean,
                                       TotalVariationForm::nine_point_mean};

// One channel holds (0, 1; 3, 7), the others nothing.
at::Tensor small_picture() {
  at::Tensor picture = at::zeros({1, 3, 2, 2}, at::kDouble);
  picture[0][1] = at::tensor({0.0, 1.0, 3.0, 7.0}).view({2, 2});
  return picture;
}

double value_of(TotalVariationForm form, const at::Tensor& picture, double scale = 1.0) {
  return make_total_variation(form, scale)->evaluate(picture, 1.0, Want::value).value;
}

TEST(TotalVariation, OfFourPixelsByHand) {
  // Differences: down 3 and 6, across 1 and 4; the crop leaves the first of each.
  EXPECT_DOUBLE_EQ(value_of(TotalVariationForm::l1_sum, small_picture()), 14.0);
  EXPECT_DOUBLE_EQ(value_of(TotalVariationForm::squared_sum, small_picture()), 0.5 * (9.0 + 1.0));
  EXPECT_DOUBLE_EQ(value_of(TotalVariationForm::squared_mean, small_picture()),
                   (9.0 + 36.0 + 1.0 + 16.0) / 12.0);
  // Padded rows 0 0 1 1, 0 0 1 1, 3 3 7 7, 3 3 7 7 in one of three channels.
  EXPECT_DOUBLE_EQ(value_of(TotalVariationForm::nine_point_mean, small_picture()),
                   2.0 / 3.0 * (2 * 1.0 + 2 * 16.0 + 2 * 9.0 + 2 * 36.0) / 36.0 +
                       1.0 / 6.0 * (2 * (1.0 + 16.0 + 9.0 + 36.0) + 49.0 + 4.0) / 27.0);
}

TEST(TotalVariation, IsStatedInPixelUnits) {
  const at::Tensor picture = small_picture();
  for (const TotalVariationForm form : kAll) {
    EXPECT_NEAR(value_of(form, picture, 255.0), value_of(form, picture * 255.0), 1e-9);
  }
}

TEST(TotalVariation, GradientEqualsCentralDifferences) {
  const at::Tensor picture = normal({1, 3, 5, 4}, 1, at::kDouble);
  for (const TotalVariationForm form : kAll) {
    const auto term = make_total_variation(form, 3.0);
    const auto value = [&](const at::Tensor& x) {
      return term->evaluate(x, 0.3, Want::value).value;
    };
    EXPECT_TRUE(tensors_close(term->evaluate(picture, 0.3, Want::gradient).gradient,
                              central_differences(value, picture), 1e-7));
  }
}

TEST(TotalVariation, OfAFlatPictureIsZeroWithZeroGradient) {
  const at::Tensor flat = at::full({1, 3, 4, 6}, 0.3, at::kDouble);
  for (const TotalVariationForm form : kAll) {
    const Loss loss = make_total_variation(form, 255.0)->evaluate(flat, 1.0, Want::gradient);
    EXPECT_EQ(loss.value, 0.0);
    EXPECT_EQ(loss.gradient.abs().max().item<double>(), 0.0);
  }
}

TEST(TotalVariation, OfOnePixelIsZero) {
  for (const TotalVariationForm form : kAll) {
    EXPECT_EQ(value_of(form, at::ones({1, 3, 1, 1})), 0.0);
    EXPECT_EQ(value_of(form, at::ones({1, 3, 1, 4})), 0.0);
  }
}

TEST(TotalVariation, NamesItsForms) {
  for (const std::string& name : total_variation_names()) total_variation_from(name);
  EXPECT_TRUE(strata::testing::throws<UsageError>([] { total_variation_from("l1sum"); },
                                                  "did you mean l1-sum"));
}

}  // namespace
}  // namespace strata::styletransfer

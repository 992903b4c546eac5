#include "styletransfer/losses/mean_std_style.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

constexpr StyleScale kAll[] = {StyleScale::none, StyleScale::target};

double value_of(const TapTerm& term, const at::Tensor& features) {
  return term.evaluate(features, 1.0, Want::value).value;
}

TEST(MeanStdStyle, OfOneChannelByHand) {
  // Means 2 and 3, standard deviations 1 and 3.
  const at::Tensor features = at::tensor({1.0, 3.0}, at::kDouble).view({1, 1, 1, 2});
  const at::Tensor target = at::tensor({0.0, 6.0}, at::kDouble).view({1, 1, 1, 2});
  const auto statistics = channel_statistics(target);
  EXPECT_DOUBLE_EQ(value_of(*make_mean_std_style(statistics, StyleScale::none), features), 5.0);
  EXPECT_DOUBLE_EQ(value_of(*make_mean_std_style(statistics, StyleScale::target), features),
                   5.0 / 18.0);
}

TEST(MeanStdStyle, GradientEqualsCentralDifferences) {
  const at::Tensor features = normal({1, 3, 4, 5}, 1, at::kDouble);
  const auto target = channel_statistics(normal({1, 3, 6, 2}, 2, at::kDouble) * 2.0 + 1.0);
  for (const StyleScale scale : kAll) {
    const auto term = make_mean_std_style(target, scale);
    EXPECT_TRUE(tensors_close(
        term->evaluate(features, 1.0, Want::gradient).gradient,
        central_differences([&](const at::Tensor& x) { return value_of(*term, x); }, features),
        1e-7));
  }
}

TEST(MeanStdStyle, IsZeroWithZeroGradientAtItsTargetAndFiniteWithoutVariance) {
  const at::Tensor features = normal({1, 4, 5, 5}, 3);
  for (const StyleScale scale : kAll) {
    const auto term = make_mean_std_style(channel_statistics(features), scale);
    const Loss loss = term->evaluate(features, 1.0, Want::gradient);
    EXPECT_EQ(loss.value, 0.0);
    EXPECT_EQ(loss.gradient.abs().max().item<float>(), 0.0F);
    const Loss flat = term->evaluate(at::full_like(features, 0.3), 1.0, Want::gradient);
    EXPECT_TRUE(flat.gradient.isfinite().all().item<bool>());
    const auto silent = make_mean_std_style(channel_statistics(at::zeros_like(features)), scale);
    EXPECT_GT(value_of(*silent, features), 0.0);
  }
}

TEST(MeanStdStyle, RelativeToItsTargetIsOneWhereTheFeaturesAreSilent) {
  const at::Tensor target = 1e3 * normal({1, 4, 5, 6}, 8);
  const auto term = make_mean_std_style(channel_statistics(target), StyleScale::target);
  EXPECT_NEAR(value_of(*term, at::zeros_like(target)), 1.0, 1e-12);
}

}  // namespace
}  // namespace strata::styletransfer

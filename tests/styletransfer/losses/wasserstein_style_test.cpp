#include "styletransfer/losses/wasserstein_style.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

std::vector<WassersteinSettings> exact_settings() {
  return {{.scale = StyleScale::none},
          {.scale = StyleScale::none, .epsilon = 0.0},
          {.scale = StyleScale::target},
          {.scale = StyleScale::target, .epsilon = 0.0}};
}

double value_of(const TapTerm& term, const at::Tensor& features) {
  return term.evaluate(features, 1.0, Want::value).value;
}

TEST(WassersteinStyle, OfOneChannelIsThatOfMeanAndDeviation) {
  // In one dimension: (m - m')^2 + (s - s')^2.
  const at::Tensor features = at::tensor({1.0, 3.0}, at::kDouble).view({1, 1, 1, 2});
  const at::Tensor target = at::tensor({0.0, 6.0}, at::kDouble).view({1, 1, 1, 2});
  const auto term = make_wasserstein_style(channel_statistics(target), {.epsilon = 0.0});
  EXPECT_NEAR(value_of(*term, features), 5.0, 1e-12);
}

TEST(WassersteinStyle, GradientEqualsCentralDifferences) {
  const at::Tensor features = normal({1, 3, 4, 5}, 1, at::kDouble);
  const auto target = channel_statistics(normal({1, 3, 6, 2}, 2, at::kDouble) * 2.0 + 1.0);
  for (const WassersteinSettings& settings : exact_settings()) {
    const auto term = make_wasserstein_style(target, settings);
    EXPECT_TRUE(term->exact_gradient());
    EXPECT_TRUE(tensors_close(
        term->evaluate(features, 1.0, Want::gradient).gradient,
        central_differences([&](const at::Tensor& x) { return value_of(*term, x); }, features),
        1e-6));
  }
}

TEST(WassersteinStyle, WithFewerPositionsThanChannelsKeepsItsGradient) {
  const at::Tensor features = normal({1, 9, 2, 2}, 3, at::kDouble);
  for (const int64_t target_side : {2, 5}) {
    const auto target = channel_statistics(normal({1, 9, target_side, 2}, 4, at::kDouble));
    const auto term = make_wasserstein_style(target, {});
    EXPECT_TRUE(tensors_close(
        term->evaluate(features, 1.0, Want::gradient).gradient,
        central_differences([&](const at::Tensor& x) { return value_of(*term, x); }, features),
        1e-5));
  }
}

TEST(WassersteinStyle, IsZeroWithZeroGradientAtItsTargetWhateverItsRank) {
  for (const int64_t side : {2, 20}) {
    const at::Tensor features = normal({1, 30, side, side}, 5, at::kDouble).relu();
    for (const WassersteinSettings& settings : exact_settings()) {
      const auto term = make_wasserstein_style(channel_statistics(features), settings);
      const Loss loss = term->evaluate(features, 1.0, Want::gradient);
      EXPECT_LT(std::abs(loss.value), 1e-20);
      EXPECT_LT(loss.gradient.abs().max().item<double>(), 1e-9);
    }
  }
}

TEST(WassersteinStyle, IsNeverNegativeNorNaNForPicturesWithoutVariance) {
  const at::Tensor some = normal({1, 6, 3, 4}, 6);
  for (const WassersteinSettings& settings : exact_settings()) {
    for (const at::Tensor& target : {some, at::zeros_like(some), at::ones_like(some)}) {
      const auto term = make_wasserstein_style(channel_statistics(target), settings);
      for (const at::Tensor& features : {some, at::zeros_like(some), at::full_like(some, 0.3)}) {
        const Loss loss = term->evaluate(features, 1.0, Want::gradient);
        EXPECT_GE(loss.value, 0.0);
        EXPECT_TRUE(std::isfinite(loss.value));
        EXPECT_TRUE(loss.gradient.isfinite().all().item<bool>());
      }
    }
  }
}

TEST(WassersteinStyle, IsSymmetricAndRelativeToItsTargetOneForSilentFeatures) {
  const at::Tensor a = normal({1, 5, 6, 7}, 7, at::kDouble);
  const at::Tensor b = 3.0 * normal({1, 5, 4, 4}, 8, at::kDouble).relu();
  const auto distance = [](const at::Tensor& from, const at::Tensor& to) {
    return value_of(*make_wasserstein_style(channel_statistics(to), {}), from);
  };
  EXPECT_NEAR(distance(a, b), distance(b, a), 1e-12 * distance(a, b));
  const auto term = make_wasserstein_style(channel_statistics(1e3 * b),
                                           {.scale = StyleScale::target, .epsilon = 0.0});
  EXPECT_NEAR(value_of(*term, at::zeros_like(b)), 1.0, 1e-9);
}

TEST(WassersteinStyle, WithNewtonSchulzRootsIsAboutTheExactOneAndSaysSo) {
  const at::Tensor features = normal({1, 8, 6, 7}, 9, at::kDouble).relu();
  const auto target = channel_statistics(normal({1, 8, 9, 9}, 10, at::kDouble).relu() * 1.5);
  const auto about = make_wasserstein_style(target, {.root = MatrixRoot::newton_schulz});
  const auto exact = make_wasserstein_style(target, {});
  EXPECT_FALSE(about->exact_gradient());
  EXPECT_NEAR(value_of(*about, features), value_of(*exact, features),
              0.01 * value_of(*exact, features));
  EXPECT_TRUE(tensors_close(about->evaluate(features, 1.0, Want::gradient).gradient,
                            exact->evaluate(features, 1.0, Want::gradient).gradient, 0.01));
  EXPECT_TRUE(std::isfinite(value_of(*about, at::zeros_like(features))));
}

TEST(WassersteinStyle, NamesItsRoots) {
  for (const std::string& name : matrix_root_names()) matrix_root_from(name);
  EXPECT_TRUE(strata::testing::throws<UsageError>([] { matrix_root_from("newton"); }, "exact"));
}

}  // namespace
}  // namespace strata::styletransfer

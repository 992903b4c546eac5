#include "styletransfer/losses/gram_style.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

constexpr GramNormalisation kAll[] = {
    GramNormalisation::positions, GramNormalisation::channels_positions, GramNormalisation::target};

double value_of(const TapTerm& term, const at::Tensor& features, double weight = 1.0) {
  return term.evaluate(features, weight, Want::value).value;
}

TEST(GramStyle, OfOneChannelByHand) {
  // S = (1 + 9) / 2 = 5 against (4 + 4) / 2 = 4.
  const at::Tensor features = at::tensor({1.0, 3.0}).view({1, 1, 1, 2}).to(at::kDouble);
  const at::Tensor target = at::tensor({2.0, 2.0}).view({1, 1, 1, 2}).to(at::kDouble);
  const auto statistics = channel_statistics(target);
  EXPECT_DOUBLE_EQ(
      value_of(*make_gram_style(statistics, GramNormalisation::positions), features, 10.0), 10.0);
  EXPECT_DOUBLE_EQ(
      value_of(*make_gram_style(statistics, GramNormalisation::channels_positions), features), 1.0);
  EXPECT_DOUBLE_EQ(value_of(*make_gram_style(statistics, GramNormalisation::target), features),
                   1.0 / 16.0);
}

TEST(GramStyle, GradientEqualsCentralDifferences) {
  const at::Tensor features = normal({1, 3, 4, 5}, 1, at::kDouble);
  const auto target = channel_statistics(normal({1, 3, 6, 2}, 2, at::kDouble));
  for (const GramNormalisation normalisation : kAll) {
    const auto term = make_gram_style(target, normalisation);
    const Loss loss = term->evaluate(features, 2.5, Want::gradient);
    EXPECT_DOUBLE_EQ(loss.value, value_of(*term, features, 2.5));
    EXPECT_TRUE(tensors_close(
        loss.gradient,
        central_differences([&](const at::Tensor& x) { return value_of(*term, x, 2.5); }, features),
        1e-7));
  }
}

TEST(GramStyle, IsZeroWithZeroGradientAtItsTarget) {
  const at::Tensor features = normal({1, 4, 5, 5}, 3);
  for (const GramNormalisation normalisation : kAll) {
    const Loss loss = make_gram_style(channel_statistics(features), normalisation)
                          ->evaluate(features, 1.0, Want::gradient);
    EXPECT_EQ(loss.value, 0.0);
    EXPECT_EQ(loss.gradient.abs().max().item<float>(), 0.0F);
  }
}

TEST(GramStyle, IsInvariantToSpatialShuffleAndToRepetition) {
  const at::Tensor features = normal({1, 4, 3, 8}, 4, at::kDouble);
  const auto term = make_gram_style(channel_statistics(normal({1, 4, 7, 3}, 5, at::kDouble)),
                                    GramNormalisation::channels_positions);
  const double value = value_of(*term, features);
  EXPECT_NEAR(value_of(*term, features.flip({2, 3})), value, 1e-12 * value);
  EXPECT_NEAR(value_of(*term, features.repeat({1, 1, 2, 3})), value, 1e-12 * value);
}

// reference: Gatys' 1e3 / C^2 with F F^T / N is neural-style's 1000 with F F^T / (C N).
TEST(GramStyle, OfGatysWithAThousandOverChannelsSquaredIsNeuralStylesThousand) {
  constexpr int64_t kChannels = 6;
  const at::Tensor features = normal({1, kChannels, 9, 5}, 6, at::kDouble);
  const auto target = channel_statistics(normal({1, kChannels, 4, 4}, 7, at::kDouble));
  const Loss gatys = make_gram_style(target, GramNormalisation::positions)
                         ->evaluate(features, 1e3 / (kChannels * kChannels), Want::gradient);
  const Loss neural_style = make_gram_style(target, GramNormalisation::channels_positions)
                                ->evaluate(features, 1e3, Want::gradient);
  EXPECT_NEAR(gatys.value, neural_style.value, 1e-12 * neural_style.value);
  EXPECT_TRUE(tensors_close(gatys.gradient, neural_style.gradient, 1e-12));
}

TEST(GramStyle, RelativeToItsTargetIsOneWhereTheFeaturesAreSilent) {
  const at::Tensor target = 1e3 * normal({1, 4, 5, 6}, 8);
  const auto term = make_gram_style(channel_statistics(target), GramNormalisation::target);
  EXPECT_NEAR(value_of(*term, at::zeros_like(target)), 1.0, 1e-12);
}

TEST(GramStyle, OfASilentTargetIsFinite) {
  const auto silent = channel_statistics(at::zeros({1, 4, 5, 6}));
  for (const GramNormalisation normalisation : kAll) {
    const Loss loss = make_gram_style(silent, normalisation)
                          ->evaluate(normal({1, 4, 3, 3}, 9), 1.0, Want::gradient);
    EXPECT_TRUE(std::isfinite(loss.value));
    EXPECT_TRUE(loss.gradient.isfinite().all().item<bool>());
  }
}

TEST(GramStyle, InFloatIsAccurateNearItsTarget) {
  // The difference of two nearly equal matrices is where float32 would lose its digits.
  const at::Tensor target = normal({1, 8, 200, 210}, 10, at::kDouble).relu();
  const at::Tensor features = target + 0.05 * normal({1, 8, 200, 210}, 11, at::kDouble);
  const auto make = [&](at::ScalarType type) {
    const auto term =
        make_gram_style(channel_statistics(target.to(type)), GramNormalisation::channels_positions);
    return value_of(*term, features.to(type));
  };
  EXPECT_NEAR(make(at::kFloat), make(at::kDouble), 1e-4 * make(at::kDouble));
}

TEST(GramStyle, NamesItsNormalisations) {
  for (const std::string& name : gram_normalisation_names()) gram_normalisation_from(name);
  EXPECT_TRUE(strata::testing::throws<UsageError>([] { gram_normalisation_from("position"); },
                                                  "positions"));
}

}  // namespace
}  // namespace strata::styletransfer

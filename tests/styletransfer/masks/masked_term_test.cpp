#include "styletransfer/masks/masked_term.hpp"

#include "styletransfer/losses/content_mse.hpp"
#include "styletransfer/losses/gram_style.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

at::Tensor some_weights() { return normal({4, 5}, 1, at::kDouble).clamp(0.0, 1.0); }

std::unique_ptr<TapTerm> style(const at::Tensor& weights) {
  return make_masked_style(make_gram_style(channel_statistics(normal({1, 3, 6, 2}, 2, at::kDouble)),
                                           GramNormalisation::positions),
                           weights);
}

std::unique_ptr<TapTerm> content(const at::Tensor& weights, ContentNormalisation normalisation) {
  return make_masked_content(
      make_content_mse(weighted_features(normal({1, 3, 4, 5}, 3, at::kDouble), weights),
                       normalisation),
      weights);
}

void expect_gradient(const TapTerm& term, const at::Tensor& weights) {
  const at::Tensor features = normal({1, 3, 4, 5}, 4, at::kDouble);
  const Loss loss = term.evaluate(features, 2.5, Want::gradient);
  const auto value = [&](const at::Tensor& x) { return term.evaluate(x, 2.5, Want::value).value; };
  EXPECT_DOUBLE_EQ(loss.value, value(features));
  EXPECT_TRUE(tensors_close(loss.gradient, central_differences(value, features), 1e-7));
  EXPECT_EQ((loss.gradient * (weights == 0.0)).abs().max().item<double>(), 0.0);
}

TEST(MaskedTerm, HasTheGradientOfItsValueAndNoneOutside) {
  const at::Tensor weights = some_weights();
  expect_gradient(*style(weights), weights);
  expect_gradient(*content(weights, ContentNormalisation::none), weights);
  expect_gradient(*content(weights, ContentNormalisation::target), weights);
}

TEST(MaskedTerm, OfContentIsTheWeightedMeanSquare) {
  const at::Tensor weights = some_weights();
  const at::Tensor features = normal({1, 3, 4, 5}, 4, at::kDouble);
  const at::Tensor target = normal({1, 3, 4, 5}, 3, at::kDouble);
  const at::Tensor squares = (features - target).square() * weights;
  EXPECT_NEAR(
      content(weights, ContentNormalisation::none)->evaluate(features, 1.0, Want::value).value,
      squares.mean().item<double>(), 1e-12);
  EXPECT_NEAR(
      content(weights, ContentNormalisation::target)->evaluate(features, 1.0, Want::value).value,
      (squares.sum() / (target.square() * weights).sum()).item<double>(), 1e-12);
}

TEST(MaskedTerm, WithAMaskOfOnesIsTheTermItself) {
  const at::Tensor ones = at::ones({4, 5});
  const at::Tensor features = normal({1, 3, 4, 5}, 4);
  const auto target = channel_statistics(normal({1, 3, 6, 2}, 2));
  const auto plain = make_gram_style(target, GramNormalisation::target);
  const auto masked = make_masked_style(make_gram_style(target, GramNormalisation::target), ones);
  const Loss a = plain->evaluate(features, 2.0, Want::gradient);
  const Loss b = masked->evaluate(features, 2.0, Want::gradient);
  EXPECT_EQ(a.value, b.value);
  EXPECT_TRUE(at::equal(a.gradient, b.gradient));
}

}  // namespace
}  // namespace strata::styletransfer

#include "styletransfer/losses/scaled_mse.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

TEST(ScaledMse, OfTwoNumbersByHand) {
  const at::Tensor target = at::tensor({1.0, 3.0}, at::kDouble).view({1, 1, 1, 2});
  const at::Tensor features = at::tensor({2.0, 0.0}, at::kDouble).view({1, 1, 1, 2});
  const Loss content = make_content_scaled_mse(target)->evaluate(features, 8.0, Want::gradient);
  EXPECT_NEAR(content.value, 8.0 * (1.0 + 9.0) / 4.0, 1e-6);
  EXPECT_TRUE(
      tensors_close(content.gradient.flatten(), at::tensor({-1.0, -7.0}, at::kDouble), 1e-6));
  // S = 2 against 5: 9 / 3.
  const auto gram = make_gram_scaled_mse(channel_statistics(target));
  EXPECT_NEAR(gram->evaluate(features, 1.0, Want::value).value, 3.0, 1e-6);
}

TEST(ScaledMse, GradientEqualsCentralDifferences) {
  const at::Tensor target = normal({1, 3, 4, 5}, 1, at::kDouble);
  const at::Tensor features = normal({1, 3, 4, 5}, 2, at::kDouble);
  const auto content = make_content_scaled_mse(target);
  const auto gram = make_gram_scaled_mse(channel_statistics(target));
  EXPECT_FALSE(content->tileable());
  EXPECT_TRUE(gram->tileable());
  for (const TapTerm* term : {content.get(), static_cast<TapTerm*>(gram.get())}) {
    const auto value = [&](const at::Tensor& x) {
      return term->evaluate(x, 0.7, Want::value).value;
    };
    EXPECT_TRUE(tensors_close(term->evaluate(features, 0.7, Want::gradient).gradient,
                              central_differences(value, features), 1e-6));
  }
}

TEST(ScaledMse, IsZeroWithZeroGradientAtItsTarget) {
  const at::Tensor target = normal({1, 2, 3, 3}, 3);
  const Loss content = make_content_scaled_mse(target)->evaluate(target, 1.0, Want::gradient);
  const Loss gram =
      make_gram_scaled_mse(channel_statistics(target))->evaluate(target, 1.0, Want::gradient);
  for (const Loss& loss : {content, gram}) {
    EXPECT_EQ(loss.value, 0.0);
    EXPECT_EQ(loss.gradient.abs().max().item<float>(), 0.0F);
  }
}

TEST(ScaledMse, RefusesFeaturesOfAnotherSize) {
  const auto term = make_content_scaled_mse(normal({1, 2, 3, 3}, 4));
  EXPECT_THROW(term->evaluate(normal({1, 2, 3, 4}, 5), 1.0, Want::value), Fault);
}

}  // namespace
}  // namespace strata::styletransfer

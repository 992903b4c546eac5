#include "styletransfer/losses/content_mse.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::tensors_close;

TEST(ContentMse, OfTwoNumbersByHand) {
  const at::Tensor target = at::tensor({1.0, 3.0}).view({1, 1, 1, 2}).to(at::kDouble);
  const at::Tensor features = at::tensor({2.0, 5.0}).view({1, 1, 1, 2}).to(at::kDouble);
  const Loss plain =
      make_content_mse(target, ContentNormalisation::none)->evaluate(features, 4.0, Want::gradient);
  EXPECT_DOUBLE_EQ(plain.value, 4.0 * (1.0 + 4.0) / 2.0);
  EXPECT_TRUE(
      tensors_close(plain.gradient.flatten(), at::tensor({4.0, 8.0}).to(at::kDouble), 1e-12));
  const Loss relative =
      make_content_mse(target, ContentNormalisation::target)->evaluate(features, 4.0, Want::value);
  EXPECT_DOUBLE_EQ(relative.value, 4.0 * 2.5 / 5.0);
  const Loss root =
      make_content_mse(target, ContentNormalisation::root)->evaluate(features, 4.0, Want::value);
  EXPECT_DOUBLE_EQ(root.value, 4.0 * 5.0 / (2.0 * std::sqrt(2.0)));
}

TEST(ContentMse, GradientEqualsCentralDifferences) {
  const at::Tensor target = normal({1, 3, 4, 5}, 1, at::kDouble);
  const at::Tensor features = normal({1, 3, 4, 5}, 2, at::kDouble);
  for (const auto normalisation :
       {ContentNormalisation::none, ContentNormalisation::target, ContentNormalisation::root}) {
    const auto term = make_content_mse(target, normalisation);
    const auto value = [&](const at::Tensor& x) {
      return term->evaluate(x, 0.7, Want::value).value;
    };
    EXPECT_TRUE(tensors_close(term->evaluate(features, 0.7, Want::gradient).gradient,
                              central_differences(value, features), 1e-7));
  }
}

TEST(ContentMse, IsZeroAtItsTargetAndLeavesItsInputsAlone) {
  const at::Tensor target = normal({1, 2, 3, 3}, 3);
  const at::Tensor before = target.clone();
  const auto term = make_content_mse(target, ContentNormalisation::none);
  EXPECT_EQ(term->evaluate(target, 1.0, Want::gradient).value, 0.0);
  EXPECT_TRUE(tensors_close(target, before, 0.0));
}

TEST(ContentMse, RefusesFeaturesOfAnotherSize) {
  const auto term = make_content_mse(normal({1, 2, 3, 3}, 4), ContentNormalisation::none);
  EXPECT_THROW(term->evaluate(normal({1, 2, 3, 4}, 5), 1.0, Want::value), Fault);
}

TEST(ContentMse, NamesItsNormalisations) {
  for (const std::string& name : content_normalisation_names()) content_normalisation_from(name);
  EXPECT_TRUE(strata::testing::throws<UsageError>([] { content_normalisation_from("targets"); },
                                                  "did you mean target"));
}

}  // namespace
}  // namespace strata::styletransfer

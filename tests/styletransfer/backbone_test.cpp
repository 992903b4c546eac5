#include "styletransfer/backbone.hpp"

#include "base/error.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <map>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::normal;
using strata::testing::small_backbone;
using strata::testing::some_picture;
using strata::testing::tensors_close;

TEST(Backbone, CountsATapOnceWhateverItIsCalled) {
  const auto backbone = small_backbone({"relu2_1", "relu.2", "relu1_1"});
  EXPECT_EQ(backbone->tap_count(), 2U);
  EXPECT_EQ(backbone->tap("relu.1"), 0U);
  EXPECT_EQ(backbone->tap("relu2_1"), 1U);
  EXPECT_EQ(backbone->title(1), "relu2_1");
  EXPECT_THROW(backbone->tap("relu3_1"), Fault);
}

TEST(Backbone, KnowsTheShapeOfItsFeatures) {
  const auto backbone = small_backbone();
  EXPECT_EQ(backbone->feature_shape(0, 9, 14), (std::vector<int64_t>{4, 9, 14}));
  EXPECT_EQ(backbone->feature_shape(2, 9, 14), (std::vector<int64_t>{6, 2, 3}));
  EXPECT_THROW(backbone->feature_shape(2, 3, 14), InputError);
}

TEST(Backbone, HasTheSameFeaturesWithAndWithoutGradient) {
  const auto backbone = small_backbone();
  const at::Tensor picture = some_picture(9, 14, 1);
  const auto pass = backbone->forward(picture);
  size_t visits = 0;
  backbone->features(picture, [&](size_t tap, const at::Tensor& features) {
    EXPECT_TRUE(tensors_close(features, pass.taps().at(tap), 1e-12));
    ++visits;
  });
  EXPECT_EQ(visits, 3U);
}

TEST(Backbone, GradientToThePictureEqualsCentralDifferences) {
  const auto backbone = small_backbone();
  const at::Tensor picture = some_picture(8, 6, 2);
  std::vector<at::Tensor> directions;
  for (size_t tap = 0; tap < backbone->tap_count(); ++tap) {
    const auto s = backbone->feature_shape(tap, 8, 6);
    directions.push_back(normal({1, s[0], s[1], s[2]}, tap, at::kDouble));
  }
  directions[1] = at::Tensor();  // counts as zero
  const auto value = [&](const at::Tensor& x) {
    double sum = 0.0;
    backbone->features(x, [&](size_t tap, const at::Tensor& features) {
      if (directions[tap].defined()) sum += (features * directions[tap]).sum().item<double>();
    });
    return sum;
  };
  const at::Tensor gradient = backbone->backward(backbone->forward(picture), directions);
  EXPECT_TRUE(gradient.is_contiguous());
  EXPECT_TRUE(tensors_close(gradient, central_differences(value, picture), 1e-6));
}

TEST(Backbone, KeepsPicturesInFloatWhereActivationsAreShorter) {
  const auto precise = small_backbone();
  const auto backbone = small_backbone({"relu1_1", "relu2_1", "relu3_1"}, at::kBFloat16);
  EXPECT_EQ(backbone->picture_options().dtype(), at::kFloat);
  const at::Tensor picture = some_picture(9, 14, 3).to(at::kFloat);
  auto pass = backbone->forward(picture);
  EXPECT_EQ(pass.taps().at(0).scalar_type(), at::kBFloat16);
  const auto exact = precise->forward(picture.to(at::kDouble));
  for (size_t tap = 0; tap < 3; ++tap) {
    EXPECT_TRUE(tensors_close(pass.taps().at(tap), exact.taps().at(tap), 0.02));
  }
  const at::Tensor gradient =
      backbone->backward(std::move(pass), {at::ones({1, 4, 9, 14}, at::kBFloat16), {}, {}});
  EXPECT_EQ(gradient.scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace strata::styletransfer

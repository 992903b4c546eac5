#include "image/tensor.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::throws;

/// Every value of 16 bits, once.
Picture all_values() {
  Picture picture;
  picture.rgb.create(128, 171, CV_16UC3);  // 65664 numbers
  for (size_t i = 0; i < picture.rgb.total() * 3; ++i) {
    picture.rgb.ptr<uint16_t>()[i] = static_cast<uint16_t>(i);
  }
  return picture;
}

at::Tensor one_colour(double r, double g, double b) {
  return at::tensor({r, g, b}, at::kDouble).view({1, 3, 1, 1});
}

TEST(RgbNchw01, IsValueOver255InRgbOrder) {
  Picture picture;
  picture.rgb = cv::Mat(2, 3, CV_8UC3, cv::Scalar(255, 128, 0));
  picture.rgb.at<cv::Vec3b>(1, 2) = {1, 2, 3};
  const at::Tensor made = rgb_nchw_01(picture);
  ASSERT_EQ(made.sizes(), (std::vector<int64_t>{1, 3, 2, 3}));
  EXPECT_EQ(made.scalar_type(), at::kFloat);
  EXPECT_TRUE(made.is_contiguous());
  EXPECT_EQ(made[0][0][0][0].item<float>(), 1.0F);
  EXPECT_EQ(made[0][1][0][0].item<float>(), 128.0F / 255.0F);
  EXPECT_EQ(made[0][2][0][0].item<float>(), 0.0F);
  EXPECT_EQ(made[0][2][1][2].item<float>(), 3.0F / 255.0F);
}

TEST(RgbNchw01, OwnsItsMemory) {
  Picture picture;
  picture.rgb = cv::Mat(2, 2, CV_8UC3, cv::Scalar(255, 255, 255));
  const at::Tensor made = rgb_nchw_01(picture);
  picture.rgb.setTo(cv::Scalar(0, 0, 0));
  EXPECT_EQ(made.min().item<float>(), 1.0F);
}

TEST(RgbNchw01, ReadsAPartOfALargerPicture) {
  cv::Mat large(4, 6, CV_8UC3, cv::Scalar(0, 0, 0));
  Picture part;
  part.rgb = large(cv::Rect(2, 1, 3, 2));
  part.rgb.setTo(cv::Scalar(10, 20, 30));
  ASSERT_FALSE(part.rgb.isContinuous());
  EXPECT_TRUE((rgb_nchw_u8(part)[0][2] == 30).all().item<bool>());
  EXPECT_TRUE((rgb_nchw_01(part)[0][0] == 10.0F / 255.0F).all().item<bool>());
}

TEST(RgbNchwU8, IsTheSameTensorInThePicturesOwnOrderOfMemory) {
  const Picture picture = picture_from_rgb_nchw_01(testing::normal({1, 3, 5, 4}, 2).sigmoid());
  const at::Tensor bytes = rgb_nchw_u8(picture);
  EXPECT_TRUE(bytes.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(bytes.suggest_memory_format(), at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(at::equal(bytes.to(at::kFloat).div(255.0), rgb_nchw_01(picture)));
}

TEST(RgbNchwU8, RoundsSixteenBitsToNearest) {
  const Picture picture = all_values();
  const at::Tensor made = rgb_nchw_u8(picture).permute({0, 2, 3, 1}).flatten().to(at::kDouble);
  const at::Tensor exact = at::arange(65536, at::kDouble).div(257.0).round();
  EXPECT_TRUE(at::equal(made.narrow(0, 0, 65536), exact));
}

TEST(PictureFromTensor, KeepsEveryValueOfBothDepths) {
  const Picture deep = all_values();
  const Picture deep_again = picture_from_rgb_nchw_01(rgb_nchw_01(deep), 16);
  EXPECT_EQ(cv::norm(deep.rgb, deep_again.rgb, cv::NORM_INF), 0.0);
  Picture flat;
  deep.rgb.convertTo(flat.rgb, CV_8U, 1.0 / 257.0);
  const Picture flat_again = picture_from_rgb_nchw_01(rgb_nchw_01(flat), 8);
  EXPECT_EQ(cv::norm(flat.rgb, flat_again.rgb, cv::NORM_INF), 0.0);
}

TEST(PictureFromTensor, RoundsToNearestAndClamps) {
  const Picture picture = picture_from_rgb_nchw_01(one_colour(127.4 / 255, 127.6 / 255, 1.2));
  EXPECT_EQ(picture.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(127, 128, 255));
  const double infinity = std::numeric_limits<double>::infinity();
  const Picture ends = picture_from_rgb_nchw_01(one_colour(-0.3, infinity, -infinity), 16);
  EXPECT_EQ(ends.rgb.at<cv::Vec3w>(0, 0), cv::Vec3w(0, 65535, 0));
}

TEST(PictureFromTensor, RefusesNotANumber) {
  EXPECT_TRUE(
      throws<NumericalError>([] { picture_from_rgb_nchw_01(one_colour(0.5, std::nan(""), 0.5)); },
                             "1 of 3 values are not a number"));
}

TEST(PictureFromTensor, TakesAnyFloatTypeAndLayout) {
  const at::Tensor tensor = testing::normal({1, 3, 9, 7}, 1).mul(0.2).add(0.5).clamp(0, 1);
  const cv::Mat expected = picture_from_rgb_nchw_01(tensor).rgb;
  const std::vector<at::Tensor> same = {
      tensor.to(at::kDouble), tensor.contiguous(at::MemoryFormat::ChannelsLast),
      tensor.transpose(2, 3).contiguous().transpose(2, 3), tensor.clone().requires_grad_(true)};
  for (const at::Tensor& other : same) {
    EXPECT_EQ(cv::norm(expected, picture_from_rgb_nchw_01(other).rgb, cv::NORM_INF), 0.0);
  }
  // bfloat16 keeps 8 bits: half a level in 255 next to one.
  EXPECT_LE(
      cv::norm(expected, picture_from_rgb_nchw_01(tensor.to(at::kBFloat16)).rgb, cv::NORM_INF),
      1.0);
}

TEST(PictureFromTensor, ChecksShapeTypeAndDepth) {
  EXPECT_THROW(picture_from_rgb_nchw_01(at::zeros({2, 3, 4, 4})), Fault);
  EXPECT_THROW(picture_from_rgb_nchw_01(at::zeros({1, 4, 4, 4})), Fault);
  EXPECT_THROW(picture_from_rgb_nchw_01(at::zeros({1, 3, 4, 4}, at::kByte)), Fault);
  EXPECT_THROW(picture_from_rgb_nchw_01(at::zeros({1, 3, 4, 4}), 12), Fault);
}

TEST(Alpha, ComesBackBitForBitInBothDepths) {
  for (const int bits : {8, 16}) {
    Picture picture;
    picture.rgb = cv::Mat(256, 256, bits == 16 ? CV_16UC3 : CV_8UC3, cv::Scalar(0));
    picture.alpha.create(256, 256, bits == 16 ? CV_16UC1 : CV_8UC1);
    for (int i = 0; i < 65536; ++i) {
      if (bits == 16) {
        picture.alpha.at<uint16_t>(i / 256, i % 256) = static_cast<uint16_t>(i);
      } else {
        picture.alpha.at<uint8_t>(i / 256, i % 256) = static_cast<uint8_t>(i % 256);
      }
    }
    Picture again;
    again.rgb = picture.rgb;
    set_alpha(again, alpha_nchw_01(picture));
    EXPECT_EQ(again.alpha.type(), picture.alpha.type());
    EXPECT_EQ(cv::norm(again.alpha, picture.alpha, cv::NORM_INF), 0.0) << bits;
  }
}

}  // namespace
}  // namespace strata::image

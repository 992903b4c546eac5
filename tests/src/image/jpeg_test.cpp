#include "image/jpeg.hpp"

#include "base/error.hpp"
#include "raw_files.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::throws;

/// A picture JPEG keeps well.
Picture smooth(int width, int height) {
  Picture picture;
  picture.rgb.create(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      picture.rgb.at<cv::Vec3b>(y, x) = {static_cast<uint8_t>(128 + 100 * std::sin(0.2 * x)),
                                         static_cast<uint8_t>(128 + 100 * std::sin(0.15 * y)),
                                         static_cast<uint8_t>(128 + 100 * std::cos(0.1 * (x + y)))};
    }
  }
  return picture;
}

std::vector<JSAMPLE> samples_of(const Picture& picture) {
  return {picture.rgb.datastart, picture.rgb.dataend};
}

/// Largest difference from one colour.
double distance(const cv::Mat& rgb, const cv::Scalar& colour) {
  return cv::norm(rgb, cv::Mat(rgb.size(), rgb.type(), colour), cv::NORM_INF);
}

TEST(Jpeg, ComesBackNearlyTheSameInFullColourResolution) {
  const Picture picture = smooth(37, 29);
  EncodeOptions options;
  options.jpeg_quality = 100;
  const Picture again = decoded(encode_jpeg(picture, options));
  EXPECT_EQ(again.format, "jpeg");
  EXPECT_TRUE(again.alpha.empty());
  EXPECT_LE(cv::norm(picture.rgb, again.rgb, cv::NORM_INF), 4.0);
  // Red and blue by turns survive only where colour is stored for every pixel.
  Picture stripes = picture;
  for (int x = 0; x < picture.width(); ++x) {
    stripes.rgb.col(x).setTo(x % 2 == 0 ? cv::Scalar(220, 30, 30) : cv::Scalar(30, 30, 220));
  }
  EXPECT_LE(cv::norm(stripes.rgb, decoded(encode_jpeg(stripes, options)).rgb, cv::NORM_INF), 8.0);
}

TEST(Jpeg, GetsSmallerWithLessQuality) {
  const Picture picture = noise(64, 64, 8, false);
  EncodeOptions low, high;
  low.jpeg_quality = 30;
  EXPECT_LT(2 * encode_jpeg(picture, low).size(), encode_jpeg(picture, high).size());
}

TEST(Jpeg, KeepsLongTextInItsComment) {
  EncodeOptions options;
  options.text = {{"settings", std::string(150000, 'x') + "ä"}, {"title", "a \"b\"\n"}};
  EXPECT_EQ(decoded(encode_jpeg(smooth(9, 9), options)).text, options.text);
}

TEST(Jpeg, RoundsSixteenBitsToEight) {
  Picture deep;
  deep.rgb = cv::Mat(16, 16, CV_16UC3, cv::Scalar::all(257 * 100 + 129));
  EXPECT_LE(distance(decoded(encode_jpeg(deep, {})).rgb, cv::Scalar::all(101)), 1.0);
}

TEST(Jpeg, ReadsGrey) {
  RawJpeg raw;
  raw.width = 11;
  raw.height = 5;
  raw.components = 1;
  raw.input = raw.stored = JCS_GRAYSCALE;
  raw.samples = {77};
  const Picture picture = decoded(raw_jpeg(raw));
  EXPECT_EQ(picture.rgb.type(), CV_8UC3);
  EXPECT_LE(distance(picture.rgb, cv::Scalar::all(77)), 1.0);
}

TEST(Jpeg, ReadsRgbStoredAsSuch) {
  RawJpeg raw;
  raw.width = raw.height = 8;
  raw.stored = JCS_RGB;
  raw.samples = {200, 100, 50};
  EXPECT_LE(distance(decoded(raw_jpeg(raw)).rgb, cv::Scalar(200, 100, 50)), 1.0);
}

TEST(Jpeg, ReadsInksInvertedByAdobeAndPlain) {
  RawJpeg raw;
  raw.width = raw.height = 8;
  raw.components = 4;
  raw.input = JCS_CMYK;
  raw.samples = {255, 128, 0, 200};
  for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK}) {
    raw.stored = stored;
    // With Adobe's marker the samples are light: 200 of the paper's 255 times each.
    EXPECT_LE(distance(decoded(raw_jpeg(raw)).rgb, cv::Scalar(200, 100, 0)), 2.0);
  }
  raw.stored = JCS_CMYK;
  raw.adobe_marker = false;
  EXPECT_LE(distance(decoded(raw_jpeg(raw)).rgb, cv::Scalar(0, 27, 55)), 2.0);
}

TEST(Jpeg, ReadsProgressiveAndArithmeticCoding) {
  const Picture picture = smooth(33, 21);
  RawJpeg raw;
  raw.width = 33;
  raw.height = 21;
  raw.samples = samples_of(picture);
  const Picture baseline = decoded(raw_jpeg(raw));
  raw.progressive = true;
  EXPECT_TRUE(same_pixels(decoded(raw_jpeg(raw)), baseline));
  raw.progressive = false;
  raw.arithmetic = true;
  EXPECT_TRUE(same_pixels(decoded(raw_jpeg(raw)), baseline));
}

TEST(Jpeg, TurnsEveryExifOrientation) {
  RawJpeg raw;
  raw.width = 24;
  raw.height = 16;
  raw.samples = samples_of(smooth(24, 16));
  const Picture stored = decoded(raw_jpeg(raw));
  const auto expect_pixel = [&](int orientation, int x, int y, int stored_x, int stored_y) {
    raw.exif = exif_block(orientation, orientation % 2 == 0);
    const Picture turned = decoded(raw_jpeg(raw));
    EXPECT_EQ(turned.width(), orientation > 4 ? 16 : 24) << orientation;
    EXPECT_EQ(turned.rgb.at<cv::Vec3b>(y, x), stored.rgb.at<cv::Vec3b>(stored_y, stored_x))
        << orientation;
  };
  // Where the upright picture's pixel (3, 1) is stored.
  expect_pixel(1, 3, 1, 3, 1);
  expect_pixel(2, 3, 1, 20, 1);
  expect_pixel(3, 3, 1, 20, 14);
  expect_pixel(4, 3, 1, 3, 14);
  expect_pixel(5, 3, 1, 1, 3);
  expect_pixel(6, 3, 1, 1, 12);
  expect_pixel(7, 3, 1, 22, 12);
  expect_pixel(8, 3, 1, 22, 3);
}

TEST(Jpeg, IsRefusedWhereverItIsCut) {
  EncodeOptions options;
  options.jpeg_quality = 60;
  expect_robust(encode_jpeg(noise(24, 17, 8, false), options));
}

TEST(Jpeg, IsRefusedWhereverItIsCutIfProgressive) {
  RawJpeg raw;
  raw.width = 20;
  raw.height = 18;
  raw.progressive = true;
  raw.samples = samples_of(noise(20, 18, 8, false));
  expect_robust(raw_jpeg(raw));
}

TEST(Jpeg, WithAHoleInItsDataIsRefused) {
  Bytes bytes = encode_jpeg(noise(64, 64, 8, false), {});
  std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(bytes.size() / 2), 300, std::byte{0xff});
  EXPECT_TRUE(throws<InputError>([&] { decoded(bytes); }, "name: truncated, corrupt"));
}

TEST(Jpeg, MayBeFollowedByAnything) {
  Bytes bytes = encode_jpeg(smooth(9, 9), {});
  const Picture picture = decoded(bytes);
  bytes.resize(bytes.size() + 1000);
  EXPECT_TRUE(same_pixels(decoded(bytes), picture));
}

TEST(Jpeg, ThatIsTooShortForItsSizeTakesNoMemory) {
  Bytes bytes = encode_jpeg(smooth(9, 9), {});
  for (size_t i = 0; i + 9 < bytes.size(); ++i) {
    if (bytes[i] == std::byte{0xff} && bytes[i + 1] == std::byte{0xc0}) {
      bytes[i + 5] = bytes[i + 7] = std::byte{0x7f};  // height and width of the frame header
    }
  }
  EXPECT_TRUE(throws<InputError>([&] { decoded(bytes); }, "cannot hold 32521 x 32521 pixels"));
}

}  // namespace
}  // namespace strata::image

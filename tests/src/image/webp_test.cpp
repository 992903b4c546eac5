#include "image/webp.hpp"

#include "base/error.hpp"
#include "profiles.hpp"
#include "raw_files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

namespace strata::image {
namespace {

using testing::throws;

void put_chunk(Bytes& bytes, const std::string& tag, const Bytes& body) {
  const Bytes name = bytes_of(tag);
  bytes.insert(bytes.end(), name.begin(), name.end());
  put(bytes, static_cast<uint32_t>(body.size()), 4);
  bytes.insert(bytes.end(), body.begin(), body.end());
  if (body.size() % 2 == 1) bytes.push_back(std::byte{0});
}

/// A WebP of the extended kind around the one chunk of a plain one.
Bytes extended_webp(const Bytes& plain, int width, int height, uint32_t flags, const Bytes& exif) {
  Bytes body = bytes_of("WEBP");
  Bytes header;
  put(header, flags, 4);
  put(header, static_cast<uint32_t>(width - 1), 3);
  put(header, static_cast<uint32_t>(height - 1), 3);
  put_chunk(body, "VP8X", header);
  body.insert(body.end(), plain.begin() + 12, plain.end());
  if (!exif.empty()) put_chunk(body, "EXIF", exif);
  Bytes whole;
  put_chunk(whole, "RIFF", body);
  return whole;
}

TEST(Webp, IsLosslessWithAndWithoutAlpha) {
  for (const bool alpha : {false, true}) {
    Picture picture = noise(17, 9, 8, alpha);
    if (alpha) picture.alpha.setTo(cv::Scalar(1), picture.alpha == 0);  // clear pixels lose colour
    const Picture again = decoded(encode_webp(picture, {}));
    EXPECT_TRUE(same_pixels(again, picture)) << alpha;
    EXPECT_EQ(again.format, "webp");
  }
}

TEST(Webp, RoundsSixteenBitsToEight) {
  Picture deep;
  deep.rgb = cv::Mat(3, 3, CV_16UC3, cv::Scalar::all(257 * 100 + 129));
  EXPECT_EQ(decoded(encode_webp(deep, {})).rgb.at<cv::Vec3b>(1, 1), cv::Vec3b(101, 101, 101));
}

TEST(Webp, ReadsLossyPictures) {
  const cv::Mat bgr(20, 30, CV_8UC3, cv::Scalar(50, 100, 200));
  std::vector<unsigned char> encoded;
  cv::imencode(".webp", bgr, encoded, {cv::IMWRITE_WEBP_QUALITY, 90});
  const auto view = std::as_bytes(std::span(encoded));
  const Picture picture = decoded({view.begin(), view.end()});
  EXPECT_EQ(picture.width(), 30);
  EXPECT_EQ(picture.height(), 20);
  EXPECT_LE(cv::norm(picture.rgb, cv::Mat(20, 30, CV_8UC3, cv::Scalar(200, 100, 50)), cv::NORM_INF),
            4.0);
}

TEST(Webp, IsTurnedByItsExifOrientation) {
  const Picture picture = noise(3, 2, 8, false);
  constexpr uint32_t kHasExif = 8;
  const Bytes bytes = extended_webp(encode_webp(picture, {}), 3, 2, kHasExif, exif_block(8, false));
  const Picture turned = decoded(bytes);
  EXPECT_EQ(turned.width(), 2);
  EXPECT_EQ(turned.rgb.at<cv::Vec3b>(0, 0), picture.rgb.at<cv::Vec3b>(0, 2));
}

TEST(Webp, IsConvertedByItsProfile) {
  Picture picture;
  picture.rgb = cv::Mat(4, 4, CV_8UC3, cv::Scalar(200, 100, 50));
  const Bytes plain = encode_webp(picture, {});
  Bytes body(plain.begin() + 8, plain.end());
  put_chunk(body, "ICCP", rgb_profile(kAdobePrimaries, kAdobeGamma));
  Bytes whole;
  put_chunk(whole, "RIFF", body);
  const auto expected =
      srgb_of({200 / 255.0, 100 / 255.0, 50 / 255.0}, kAdobePrimaries, kAdobeGamma);
  const Picture converted = decoded(whole);
  EXPECT_EQ(converted.warning, "");
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(converted.rgb.at<cv::Vec3b>(2, 2)[c], 255.0 * expected[static_cast<size_t>(c)],
                1.0);
  }
}

TEST(Webp, RefusesAnimations) {
  const Bytes plain = encode_webp(noise(3, 2, 8, false), {});
  constexpr uint32_t kAnimated = 2;
  EXPECT_TRUE(throws<InputError>([&] { decoded(extended_webp(plain, 3, 2, kAnimated, {})); },
                                 "name: is animated"));
}

TEST(Webp, IsRefusedWhereverItIsCut) { expect_robust(encode_webp(noise(9, 8, 8, true), {})); }

TEST(Webp, ThatIsTooLargeIsRefusedBeforeMemoryIsTaken) {
  const Bytes plain = encode_webp(noise(3, 2, 8, false), {});
  EXPECT_TRUE(throws<InputError>([&] { decoded(extended_webp(plain, 1 << 24, 1 << 24, 0, {})); },
                                 "has 16777216 x 16777216 pixels"));
}

}  // namespace
}  // namespace strata::image

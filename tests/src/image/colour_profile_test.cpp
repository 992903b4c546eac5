#include "image/colour_profile.hpp"

#include "image/jpeg.hpp"
#include "image/png.hpp"
#include "image/tiff.hpp"
#include "profiles.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace strata::image {
namespace {

/// 9 x 9 x 9 colours over the whole cube.
cv::Mat colour_cube(int depth) {
  cv::Mat pixels(27, 27, CV_MAKETYPE(depth, 3));
  for (int i = 0; i < 729; ++i) {
    const std::array<int, 3> steps = {i % 9, i / 9 % 9, i / 81};
    for (int c = 0; c < 3; ++c) {
      const double level = steps[static_cast<size_t>(c)] / 8.0;
      if (depth == CV_16U) {
        pixels.at<cv::Vec3w>(i / 27, i % 27)[c] = static_cast<uint16_t>(std::lround(65535 * level));
      } else {
        pixels.at<cv::Vec3b>(i / 27, i % 27)[c] = static_cast<uint8_t>(std::lround(255 * level));
      }
    }
  }
  return pixels;
}

/// Largest distance, in levels, from the double-precision computation.
double distance(const cv::Mat& pixels,
                const cv::Mat& srgb,
                const Primaries& primaries,
                double gamma) {
  const double white = pixels.depth() == CV_16U ? 65535.0 : 255.0;
  cv::Mat from, to;
  pixels.convertTo(from, CV_64F, 1.0 / white);
  srgb.convertTo(to, CV_64F);
  double largest = 0.0;
  for (int y = 0; y < from.rows; ++y) {
    for (int x = 0; x < from.cols; ++x) {
      const auto colour = from.at<cv::Vec3d>(y, x), found = to.at<cv::Vec3d>(y, x);
      const auto expected = srgb_of({colour[0], colour[1], colour[2]}, primaries, gamma);
      for (int c = 0; c < 3; ++c) {
        const double value = white * expected[static_cast<size_t>(c)];
        largest = std::max(largest, std::abs(found[c] - value));
      }
    }
  }
  return largest;
}

TEST(ColourProfile, OfAnRgbSpaceGivesTheSrgbColoursOfItsCurveAndPrimaries) {
  struct Case {
    Primaries primaries;
    double gamma;
  };
  for (const Case& each : {Case{kSrgbPrimaries, 1.0}, Case{kAdobePrimaries, kAdobeGamma},
                           Case{kAdobePrimaries, 1.8}}) {
    for (const int depth : {CV_8U, CV_16U}) {
      const cv::Mat pixels = colour_cube(depth);
      std::string warning;
      const cv::Mat srgb =
          to_srgb(pixels, PixelKind::rgb, rgb_profile(each.primaries, each.gamma), warning);
      EXPECT_EQ(warning, "");
      EXPECT_EQ(srgb.type(), pixels.type());
      // Profiles hold their matrix in steps of 1/65536, and the curve is 12.92 steep at black.
      EXPECT_LE(distance(pixels, srgb, each.primaries, each.gamma), depth == CV_16U ? 32.0 : 1.0)
          << each.gamma << ' ' << depth;
    }
  }
}

TEST(ColourProfile, OfGreyAppliesItsCurve) {
  for (const int depth : {CV_8U, CV_16U}) {
    cv::Mat grey(1, 256, CV_MAKETYPE(depth, 3));
    const double white = depth == CV_16U ? 65535.0 : 255.0;
    for (int x = 0; x < 256; ++x) grey.col(x).setTo(cv::Scalar::all(x * white / 255.0));
    std::string warning;
    cv::Mat srgb = to_srgb(grey, PixelKind::grey, grey_profile(1.0), warning);
    EXPECT_EQ(warning, "");
    srgb.convertTo(srgb, CV_64F);
    for (int x = 0; x < 256; ++x) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(srgb.at<cv::Vec3d>(0, x)[c], white * srgb_curve(x / 255.0),
                    depth == CV_16U ? 32.0 : 1.0)
            << x;
      }
    }
  }
}

TEST(ColourProfile, OfInksGivesTheColourOfTheirTable) {
  for (const int depth : {CV_8U, CV_16U}) {
    const double white = depth == CV_16U ? 65535.0 : 255.0;
    cv::Mat inks(1, 256, CV_MAKETYPE(depth, 4));
    for (int x = 0; x < 256; ++x) inks.col(x).setTo(cv::Scalar(0, 0, 0, x * white / 255.0));
    std::string warning;
    cv::Mat srgb = to_srgb(inks, PixelKind::cmyk, cmyk_profile(), warning);
    EXPECT_EQ(warning, "");
    ASSERT_EQ(srgb.type(), CV_MAKETYPE(depth, 3));
    srgb.convertTo(srgb, CV_64F);
    for (int x = 0; x < 256; ++x) {
      const double expected = white * srgb_of_lightness(100.0 * (1.0 - x / 255.0));
      const double tolerance = depth == CV_16U ? white * 5e-4 : 1.0;
      EXPECT_NEAR(srgb.at<cv::Vec3d>(0, x)[1], expected, tolerance) << x << ' ' << depth;
    }
  }
}

TEST(ColourProfile, OfSrgbLeavesEveryBit) {
  std::string warning;
  const Picture deep = noise(40, 30, 16, false), flat = noise(40, 30, 8, false);
  for (const Picture& picture : {deep, flat}) {
    const cv::Mat same = to_srgb(picture.rgb, PixelKind::rgb, srgb_profile(), warning);
    EXPECT_EQ(cv::norm(same, picture.rgb, cv::NORM_INF), 0.0);
  }
  // As another program might write it: another date.
  Bytes dated(srgb_profile().begin(), srgb_profile().end());
  dated[25] = std::byte{0xe5};
  EXPECT_EQ(cv::norm(to_srgb(deep.rgb, PixelKind::rgb, dated, warning), deep.rgb, cv::NORM_INF),
            0.0);
  EXPECT_EQ(warning, "");
  EXPECT_LT(srgb_profile().size(), 1024U);
}

TEST(ColourProfile, ThatCannotBeUsedIsAWarningAndThePixelsStay) {
  const Picture picture = noise(5, 4, 8, false);
  const auto warning_of = [&](PixelKind kind, const Bytes& profile) {
    std::string warning;
    const cv::Mat same = to_srgb(picture.rgb, kind, profile, warning);
    EXPECT_EQ(cv::norm(same, picture.rgb, cv::NORM_INF), 0.0);
    return warning;
  };
  const Bytes good = rgb_profile(kAdobePrimaries, kAdobeGamma);
  for (const size_t size : {size_t{1}, size_t{127}, good.size() / 2}) {
    const Bytes cut(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_NE(warning_of(PixelKind::rgb, cut).find("taken for sRGB"), std::string::npos) << size;
  }
  EXPECT_NE(warning_of(PixelKind::rgb, bytes_of("no profile at all")).find("colour profile"),
            std::string::npos);
  EXPECT_NE(
      warning_of(PixelKind::rgb, grey_profile(1.0)).find("one of grey, and the pixels are RGB"),
      std::string::npos);
  EXPECT_NE(
      warning_of(PixelKind::grey, cmyk_profile()).find("one of CMYK, and the pixels are grey"),
      std::string::npos);
  EXPECT_NE(warning_of(PixelKind::rgb, Bytes(kLargestProfile + 1)).find("more than the"),
            std::string::npos);
}

TEST(ColourProfile, WithRandomChangesConvertsOrWarnsAndPrintsNothing) {
  const Picture picture = noise(3, 3, 8, false);
  const Bytes good = rgb_profile(kAdobePrimaries, kAdobeGamma);
  ::testing::internal::CaptureStderr();
  for (size_t offset = 0; offset < good.size(); ++offset) {
    std::string warning;
    EXPECT_EQ(to_srgb(picture.rgb, PixelKind::rgb, flipped(good, offset, 0xff), warning).size(),
              picture.rgb.size());
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(ColourProfile, MissingLeavesInksToThePlainFormula) {
  const cv::Mat inks(1, 1, CV_16UC4, cv::Scalar(65535, 0, 32768, 0));
  std::string warning;
  EXPECT_EQ(to_srgb(inks, PixelKind::cmyk, {}, warning).at<cv::Vec3w>(0, 0),
            cv::Vec3w(0, 65535, 32767));
  EXPECT_EQ(warning, "");
}

// ---- in files -----------------------------------------------------------------------------------

const Bytes& adobe() {
  static const Bytes profile = rgb_profile(kAdobePrimaries, kAdobeGamma);
  return profile;
}

/// (200, 100, 50) of 255 in Adobe's space, as sRGB.
void expect_adobe_colour(const Picture& picture, double tolerance) {
  EXPECT_EQ(picture.warning, "");
  const auto expected =
      srgb_of({200 / 255.0, 100 / 255.0, 50 / 255.0}, kAdobePrimaries, kAdobeGamma);
  const double white = picture.bits() == 16 ? 65535.0 : 255.0;
  cv::Mat pixels;
  picture.rgb.convertTo(pixels, CV_64F, 255.0 / white);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(pixels.at<cv::Vec3d>(0, 0)[c], 255.0 * expected[static_cast<size_t>(c)], tolerance);
  }
}

TEST(ColourProfile, InPngIsAppliedToBothDepths) {
  RawPng raw;
  raw.profile = adobe();
  raw.rows = {{200, 100, 50}};
  expect_adobe_colour(decoded(raw_png(raw)), 1.0);
  raw.bit_depth = 16;
  raw.rows = {{200, 200, 100, 100, 50, 50}};
  const Picture deep = decoded(raw_png(raw));
  EXPECT_EQ(deep.bits(), 16);
  expect_adobe_colour(deep, 0.1);
}

TEST(ColourProfile, InGreyPngIsAppliedAndAlphaStays) {
  RawPng raw;
  raw.colour_type = PNG_COLOR_TYPE_GRAY_ALPHA;
  raw.profile = grey_profile(1.0);
  raw.rows = {{60, 70}};
  const Picture picture = decoded(raw_png(raw));
  EXPECT_EQ(picture.warning, "");
  EXPECT_NEAR(picture.rgb.at<cv::Vec3b>(0, 0)[2], 255.0 * srgb_curve(60 / 255.0), 1.0);
  EXPECT_EQ(picture.alpha.at<uint8_t>(0, 0), 70);
}

TEST(ColourProfile, InJpegIsApplied) {
  RawJpeg raw;
  raw.width = raw.height = 16;
  raw.samples = {200, 100, 50};
  raw.profile = adobe();
  expect_adobe_colour(decoded(raw_jpeg(raw)), 2.5);  // of which JPEG itself takes one
}

TEST(ColourProfile, OfInksInJpegIsAppliedWithAndWithoutAdobesMarker) {
  for (const bool inverted : {true, false}) {
    RawJpeg raw;
    raw.width = raw.height = 16;
    raw.components = 4;
    raw.input = raw.stored = JCS_CMYK;
    raw.adobe_marker = inverted;
    raw.profile = cmyk_profile();
    const JSAMPLE none = inverted ? 255 : 0, some = inverted ? 155 : 100;
    raw.samples = {none, none, none, some};
    const Picture picture = decoded(raw_jpeg(raw));
    EXPECT_EQ(picture.warning, "");
    EXPECT_NEAR(picture.rgb.at<cv::Vec3b>(8, 8)[0],
                255.0 * srgb_of_lightness(100.0 * 155.0 / 255.0), 3.0);
  }
}

TEST(ColourProfile, InTiffIsAppliedToRgbGreyAndInksOfBothDepths) {
  for (const uint32_t bits : {8U, 16U}) {
    const uint32_t unit = bits == 16 ? 257 : 1;
    RawTiff raw;
    raw.bits = bits;
    raw.profile = adobe();
    raw.at = [&](uint32_t, uint32_t, uint32_t c) { return unit * std::array{200U, 100U, 50U}[c]; };
    const Picture rgb = decoded(raw_tiff(raw));
    EXPECT_EQ(rgb.bits(), static_cast<int>(bits));
    expect_adobe_colour(rgb, bits == 16 ? 0.1 : 1.0);

    raw.samples = 4;
    raw.photometric = PHOTOMETRIC_SEPARATED;
    raw.profile = cmyk_profile();
    raw.at = [&](uint32_t, uint32_t, uint32_t c) { return c == 3 ? unit * 100 : 0; };
    const Picture inks = decoded(raw_tiff(raw));
    EXPECT_EQ(inks.warning, "");
    cv::Mat pixels;
    inks.rgb.convertTo(pixels, CV_64F, 1.0 / unit);
    EXPECT_EQ(inks.bits(), static_cast<int>(bits));
    EXPECT_NEAR(pixels.at<cv::Vec3d>(0, 0)[0], 255.0 * srgb_of_lightness(100.0 * 155.0 / 255.0),
                2.0);
  }
}

TEST(ColourProfile, ThatIsBrokenInAFileIsAWarning) {
  RawPng png;
  png.rows = {{200, 100, 50}};
  png.iccp = bytes_of(std::string("broken\0\0not deflated", 20));
  const Picture from_png = decoded(raw_png(png));
  EXPECT_NE(from_png.warning.find("taken for sRGB"), std::string::npos);
  EXPECT_EQ(from_png.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(200, 100, 50));

  RawTiff tiff;
  tiff.at = [](uint32_t, uint32_t, uint32_t c) { return std::array{200U, 100U, 50U}[c]; };
  tiff.profile = bytes_of("rubbish");
  const Picture picture = decoded(raw_tiff(tiff));
  EXPECT_NE(picture.warning.find("taken for sRGB"), std::string::npos);
  EXPECT_EQ(picture.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(200, 100, 50));

  RawJpeg jpeg;
  jpeg.samples = {200, 100, 50};
  jpeg.width = jpeg.height = 8;
  jpeg.profile = adobe();
  Bytes bytes = raw_jpeg(jpeg);
  const Bytes tag = bytes_of(std::string("ICC_PROFILE\0\1\1", 14));
  const auto marker = std::search(bytes.begin(), bytes.end(), tag.begin(), tag.end());
  ASSERT_NE(marker, bytes.end());
  *(marker + 13) = std::byte{2};  // the first of two parts, and there is no second
  EXPECT_NE(decoded(bytes).warning.find("parts"), std::string::npos);
}

TEST(ColourProfile, OfSrgbIsWrittenIntoPngJpegAndTiff) {
  const auto holds = [](const Bytes& file) {
    return std::search(file.begin(), file.end(), srgb_profile().begin(), srgb_profile().end()) !=
           file.end();
  };
  const Picture picture = noise(8, 8, 8, false);
  EXPECT_TRUE(holds(encode_jpeg(picture, {})));
  EXPECT_TRUE(holds(encode_tiff(picture, {})));
  // PNG compresses it.
  const Bytes png = encode_png(picture, {}), chunk = bytes_of("iCCPsRGB");
  EXPECT_NE(std::search(png.begin(), png.end(), chunk.begin(), chunk.end()), png.end());
  for (const Bytes& file : {png, encode_jpeg(picture, {}), encode_tiff(picture, {})}) {
    EXPECT_EQ(decoded(file).warning, "");
  }
}

}  // namespace
}  // namespace strata::image

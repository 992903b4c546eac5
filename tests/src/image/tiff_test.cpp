#include "image/tiff.hpp"

#include "base/error.hpp"
#include "image/colour_profile.hpp"
#include "raw_files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::throws;

/// Different for every sample, within 8 bits.
uint32_t pattern(uint32_t x, uint32_t y, uint32_t c) { return (31 * x + 7 * y + 101 * c) % 251; }
uint32_t deep_pattern(uint32_t x, uint32_t y, uint32_t c) { return 257 * pattern(x, y, c) + x; }

RawTiff rgb_tiff(uint32_t width, uint32_t height) {
  RawTiff raw;
  raw.width = width;
  raw.height = height;
  raw.at = pattern;
  return raw;
}

template <class Pixel>
void expect_pattern(const Picture& picture, uint32_t (*value)(uint32_t, uint32_t, uint32_t)) {
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) {
      for (int c = 0; c < 3; ++c) {
        ASSERT_EQ(
            picture.rgb.at<Pixel>(y, x)[c],
            value(static_cast<uint32_t>(x), static_cast<uint32_t>(y), static_cast<uint32_t>(c)))
            << x << ' ' << y << ' ' << c;
      }
    }
  }
}

TEST(Tiff, KeepsEveryDepthAndAlphaExactly) {
  for (const int bits : {8, 16}) {
    for (const bool alpha : {false, true}) {
      for (const int width : {1, 19}) {
        const Picture picture = noise(width, 5, bits, alpha);
        const Picture again = decoded(encode_tiff(picture, {}));
        EXPECT_TRUE(same_pixels(again, picture)) << bits << alpha << width;
        EXPECT_EQ(again.format, "tiff");
      }
    }
  }
}

TEST(Tiff, KeepsAPictureOfManyStrips) {
  const Picture picture = noise(700, 300, 8, false);
  EXPECT_TRUE(same_pixels(decoded(encode_tiff(picture, {})), picture));
}

TEST(Tiff, KeepsTextInItsDescription) {
  EncodeOptions options;
  options.text = {{"settings", "größer"}, {"title", "two\nlines"}};
  EXPECT_EQ(decoded(encode_tiff(noise(3, 3, 8, false), options)).text, options.text);
  RawTiff raw = rgb_tiff(2, 2);
  raw.description = "by someone else";
  EXPECT_EQ(decoded(raw_tiff(raw)).text.at("ImageDescription"), "by someone else");
}

TEST(Tiff, ReadsStripsTilesAndPlanesOfBothDepths) {
  for (const bool big : {false, true}) {
    for (const uint32_t tile : {0U, 16U}) {
      for (const int planar : {PLANARCONFIG_CONTIG, PLANARCONFIG_SEPARATE}) {
        RawTiff raw = rgb_tiff(37, 21);
        raw.tile = tile;
        raw.planar = planar;
        raw.big = big;
        expect_pattern<cv::Vec3b>(decoded(raw_tiff(raw)), pattern);
        raw.bits = 16;
        raw.at = deep_pattern;
        raw.compression = COMPRESSION_LZW;
        const Picture deep = decoded(raw_tiff(raw));
        EXPECT_EQ(deep.bits(), 16);
        expect_pattern<cv::Vec3w>(deep, deep_pattern);
      }
    }
  }
}

TEST(Tiff, ReadsGreyAndGreyWhereZeroIsWhite) {
  RawTiff raw = rgb_tiff(3, 1);
  raw.samples = 1;
  raw.photometric = PHOTOMETRIC_MINISBLACK;
  EXPECT_EQ(decoded(raw_tiff(raw)).rgb.at<cv::Vec3b>(0, 1), cv::Vec3b(31, 31, 31));
  raw.photometric = PHOTOMETRIC_MINISWHITE;
  EXPECT_EQ(decoded(raw_tiff(raw)).rgb.at<cv::Vec3b>(0, 1), cv::Vec3b(224, 224, 224));
}

TEST(Tiff, DividesMultipliedAlphaOut) {
  RawTiff raw = rgb_tiff(2, 1);
  raw.samples = 4;
  raw.extra = EXTRASAMPLE_ASSOCALPHA;
  raw.at = [](uint32_t x, uint32_t, uint32_t c) { return x == 0 ? (c == 3 ? 128U : 64U) : 0U; };
  const Picture picture = decoded(raw_tiff(raw));
  EXPECT_EQ(picture.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(128, 128, 128));
  EXPECT_EQ(picture.alpha.at<uint8_t>(0, 0), 128);
  EXPECT_EQ(picture.rgb.at<cv::Vec3b>(0, 1), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(picture.alpha.at<uint8_t>(0, 1), 0);
}

TEST(Tiff, IgnoresAnExtraSampleOfUnknownMeaning) {
  RawTiff raw = rgb_tiff(5, 3);
  raw.samples = 4;
  raw.extra = EXTRASAMPLE_UNSPECIFIED;
  const Picture picture = decoded(raw_tiff(raw));
  EXPECT_TRUE(picture.alpha.empty());
  expect_pattern<cv::Vec3b>(picture, pattern);
}

TEST(Tiff, LooksColoursUpInThePalette) {
  RawTiff raw = rgb_tiff(2, 1);
  raw.samples = 1;
  raw.photometric = PHOTOMETRIC_PALETTE;
  raw.colour_map.assign(size_t{3} * 256, 0);
  raw.colour_map[0 * 256 + 7] = 257 * 10;
  raw.colour_map[1 * 256 + 7] = 257 * 20;
  raw.colour_map[2 * 256 + 7] = 257 * 30;
  raw.at = [](uint32_t x, uint32_t, uint32_t) { return x == 1 ? 7U : 0U; };
  EXPECT_EQ(decoded(raw_tiff(raw)).rgb.at<cv::Vec3b>(0, 1), cv::Vec3b(10, 20, 30));
}

TEST(Tiff, ConvertsInks) {
  RawTiff raw = rgb_tiff(2, 2);
  raw.samples = 4;
  raw.photometric = PHOTOMETRIC_SEPARATED;
  raw.at = [](uint32_t, uint32_t, uint32_t c) { return c == 1 ? 255U : 0U; };
  EXPECT_EQ(decoded(raw_tiff(raw)).rgb.at<cv::Vec3b>(1, 1), cv::Vec3b(255, 0, 255));
}

TEST(Tiff, TurnsEveryOrientationOfPlainAndConvertedPictures) {
  for (const int photometric : {PHOTOMETRIC_MINISBLACK, PHOTOMETRIC_PALETTE}) {
    RawTiff raw = rgb_tiff(3, 2);
    raw.samples = 1;
    raw.photometric = photometric;
    raw.at = [](uint32_t x, uint32_t y, uint32_t) { return 1 + x + 3 * y; };  // 1 2 3 / 4 5 6
    if (photometric == PHOTOMETRIC_PALETTE) {
      raw.colour_map.resize(size_t{3} * 256);
      for (size_t i = 0; i < raw.colour_map.size(); ++i) {
        raw.colour_map[i] = static_cast<uint16_t>(257 * (i % 256));
      }
    }
    const std::vector<std::string> expected = {"123 456",  "321 654",  "654 321",  "456 123",
                                               "14 25 36", "41 52 63", "63 52 41", "36 25 14"};
    for (int orientation = 1; orientation <= 8; ++orientation) {
      raw.orientation = orientation;
      const Picture picture = decoded(raw_tiff(raw));
      std::string found;
      for (int y = 0; y < picture.height(); ++y) {
        if (y > 0) found += ' ';
        for (int x = 0; x < picture.width(); ++x) {
          found += static_cast<char>('0' + picture.rgb.at<cv::Vec3b>(y, x)[0]);
        }
      }
      EXPECT_EQ(found, expected[static_cast<size_t>(orientation - 1)])
          << photometric << ' ' << orientation;
    }
  }
}

TEST(Tiff, RefusesFloatingPoint) {
  RawTiff raw = rgb_tiff(2, 2);
  raw.bits = 32;
  raw.sample_format = SAMPLEFORMAT_IEEEFP;
  EXPECT_TRUE(throws<InputError>([&] { decoded(raw_tiff(raw)); },
                                 "3 signed or floating-point numbers of 32 bits"));
}

TEST(Tiff, RefusesColoursBeyondRgbAndInks) {
  RawTiff raw = rgb_tiff(2, 2);
  raw.photometric = PHOTOMETRIC_CIELAB;
  EXPECT_TRUE(throws<InputError>([&] { decoded(raw_tiff(raw)); }, "a kind of TIFF that is not"));
}

TEST(Tiff, RefusesMoreSamplesThanAnyPictureHas) {
  RawTiff raw = rgb_tiff(2, 2);
  raw.samples = 600;
  EXPECT_TRUE(throws<InputError>([&] { decoded(raw_tiff(raw)); }, "600 integers of 8 bits"));
}

TEST(Tiff, TakesTheFirstOfManySamples) {
  RawTiff raw = rgb_tiff(5, 3);
  raw.samples = 6;
  expect_pattern<cv::Vec3b>(decoded(raw_tiff(raw)), pattern);
}

TEST(Tiff, IsRefusedWhereverItIsCut) {
  // The profile stands last, and pixels are not refused for it.
  const size_t profile = srgb_profile().size();
  expect_robust(encode_tiff(noise(9, 7, 8, true), {}), profile);
  expect_robust(encode_tiff(noise(5, 4, 16, false), {}), profile);
}

TEST(Tiff, IsRefusedWhereverItIsCutForEveryCodingAndLayout) {
  for (const int compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_PACKBITS, COMPRESSION_JPEG}) {
    RawTiff raw = rgb_tiff(16, 16);
    raw.compression = compression;
    raw.tile = 16;
    expect_robust(raw_tiff(raw), 8);
  }
}

TEST(Tiff, ThatIsTooLargeIsRefusedBeforeMemoryIsTaken) {
  DecodeOptions options;
  options.max_pixels = 100;
  const Bytes bytes = encode_tiff(noise(11, 10, 8, false), {});
  EXPECT_TRUE(throws<InputError>([&] { decode(bytes, "name", options); },
                                 "has 11 x 10 pixels, more than the 100 allowed"));
}

}  // namespace
}  // namespace strata::image

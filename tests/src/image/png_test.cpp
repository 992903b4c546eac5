#include "image/png.hpp"

#include "base/error.hpp"
#include "raw_files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::throws;
using Rows = std::vector<std::vector<png_byte>>;

cv::Vec3b pixel(const Picture& picture, int x, int y) { return picture.rgb.at<cv::Vec3b>(y, x); }

TEST(Png, KeepsEveryDepthAndAlphaExactly) {
  for (const int bits : {8, 16}) {
    for (const bool alpha : {false, true}) {
      for (const int width : {1, 17}) {
        const Picture picture = noise(width, 5, bits, alpha);
        const Picture again = decoded(encode_png(picture, {}));
        EXPECT_TRUE(same_pixels(again, picture)) << bits << alpha << width;
        EXPECT_EQ(again.format, "png");
        EXPECT_TRUE(again.rgb.isContinuous());
      }
    }
  }
}

TEST(Png, KeepsUtf8Text) {
  EncodeOptions options;
  options.text = {{"Title", "größer ≥ 1\nsecond line"}, {"strata", "{\"size\": 512}"}, {"e", ""}};
  EXPECT_EQ(decoded(encode_png(noise(3, 3, 8, false), options)).text, options.text);
}

TEST(Png, ReadsEveryKindOfTextAsUtf8) {
  RawPng raw;
  raw.rows = {{1, 2, 3}};
  raw.text = {{PNG_TEXT_COMPRESSION_NONE, "plain", "caf\xe9"},
              {PNG_TEXT_COMPRESSION_zTXt, "packed", std::string(5000, 'z')},
              {PNG_ITXT_COMPRESSION_NONE, "international", "≥"},
              {PNG_ITXT_COMPRESSION_zTXt, "both", std::string(5000, 'i') + "≥"}};
  const auto text = decoded(raw_png(raw)).text;
  EXPECT_EQ(text.at("plain"), "café");
  EXPECT_EQ(text.at("packed"), std::string(5000, 'z'));
  EXPECT_EQ(text.at("international"), "≥");
  EXPECT_EQ(text.at("both"), std::string(5000, 'i') + "≥");
}

TEST(Png, ExpandsGreyOfEveryDepth) {
  RawPng raw;
  raw.width = 2;
  raw.colour_type = PNG_COLOR_TYPE_GRAY;
  const auto second_pixel = [&](int depth, const std::vector<png_byte>& row) {
    raw.bit_depth = depth;
    raw.rows = {row};
    return decoded(raw_png(raw));
  };
  EXPECT_EQ(pixel(second_pixel(1, {0x40}), 1, 0), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(pixel(second_pixel(2, {0x20}), 1, 0), cv::Vec3b(170, 170, 170));
  EXPECT_EQ(pixel(second_pixel(4, {0x0a}), 1, 0), cv::Vec3b(170, 170, 170));
  EXPECT_EQ(pixel(second_pixel(8, {0, 9}), 1, 0), cv::Vec3b(9, 9, 9));
  const Picture deep = second_pixel(16, {0, 0, 0x12, 0x34});
  EXPECT_EQ(deep.bits(), 16);
  EXPECT_EQ(deep.rgb.at<cv::Vec3w>(0, 1), cv::Vec3w(0x1234, 0x1234, 0x1234));
  EXPECT_TRUE(deep.alpha.empty());
}

TEST(Png, ReadsGreyWithAlpha) {
  RawPng raw;
  raw.colour_type = PNG_COLOR_TYPE_GRAY_ALPHA;
  raw.rows = {{50, 60}};
  const Picture picture = decoded(raw_png(raw));
  EXPECT_EQ(pixel(picture, 0, 0), cv::Vec3b(50, 50, 50));
  EXPECT_EQ(picture.alpha.at<uint8_t>(0, 0), 60);
}

TEST(Png, LooksColoursUpInThePaletteAndItsAlpha) {
  RawPng raw;
  raw.width = 3;
  raw.colour_type = PNG_COLOR_TYPE_PALETTE;
  raw.bit_depth = 4;
  raw.palette = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  raw.rows = {{0x12, 0x00}};
  const Picture opaque = decoded(raw_png(raw));
  EXPECT_TRUE(opaque.alpha.empty());
  EXPECT_EQ(pixel(opaque, 0, 0), cv::Vec3b(4, 5, 6));
  EXPECT_EQ(pixel(opaque, 1, 0), cv::Vec3b(7, 8, 9));
  EXPECT_EQ(pixel(opaque, 2, 0), cv::Vec3b(1, 2, 3));
  raw.palette_alpha = {10, 20};
  const Picture clear = decoded(raw_png(raw));
  EXPECT_EQ(clear.alpha.at<uint8_t>(0, 0), 20);
  EXPECT_EQ(clear.alpha.at<uint8_t>(0, 1), 255);
  EXPECT_EQ(clear.alpha.at<uint8_t>(0, 2), 10);
}

TEST(Png, MakesTheKeyColourTransparent) {
  RawPng raw;
  raw.width = 2;
  raw.rows = {{1, 2, 3, 1, 2, 4}};
  raw.transparent = png_color_16{.index = 0, .red = 1, .green = 2, .blue = 3, .gray = 0};
  const Picture picture = decoded(raw_png(raw));
  EXPECT_EQ(picture.alpha.at<uint8_t>(0, 0), 0);
  EXPECT_EQ(picture.alpha.at<uint8_t>(0, 1), 255);
  EXPECT_EQ(pixel(picture, 0, 0), cv::Vec3b(1, 2, 3));
}

TEST(Png, ReadsInterlacedRows) {
  RawPng raw;
  raw.width = 13;
  raw.height = 11;
  for (int y = 0; y < raw.height; ++y) {
    std::vector<png_byte> row;
    for (int i = 0; i < 39; ++i) row.push_back(static_cast<png_byte>(7 * i + 31 * y));
    raw.rows.push_back(row);
  }
  const Picture straight = decoded(raw_png(raw));
  raw.interlaced = true;
  EXPECT_TRUE(same_pixels(decoded(raw_png(raw)), straight));
}

TEST(Png, IsTurnedByItsExifOrientation) {
  RawPng raw;
  raw.width = 2;
  raw.rows = {{1, 1, 1, 2, 2, 2}};
  raw.exif = exif_block(6, false);
  const Picture picture = decoded(raw_png(raw));
  EXPECT_EQ(picture.width(), 1);
  EXPECT_EQ(pixel(picture, 0, 0), cv::Vec3b(1, 1, 1));
  EXPECT_EQ(pixel(picture, 0, 1), cv::Vec3b(2, 2, 2));
}

TEST(Png, IsRefusedWhereverItIsCut) {
  EncodeOptions options;
  options.text = {{"k", "text"}};
  expect_robust(encode_png(noise(9, 7, 8, true), options));
}

TEST(Png, IsRefusedWhereverItIsCutIfInterlacedOrDeep) {
  RawPng raw;
  raw.width = raw.height = 7;
  raw.bit_depth = 16;
  raw.colour_type = PNG_COLOR_TYPE_GRAY;
  raw.interlaced = true;
  raw.rows = Rows(7, {9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6});
  expect_robust(raw_png(raw));
}

TEST(Png, WithAnyChangedByteIsRefused) {
  const Bytes whole = encode_png(noise(4, 4, 8, false), {});
  for (size_t offset = 0; offset < whole.size(); ++offset) {
    EXPECT_THROW(decoded(flipped(whole, offset, 0x10)), InputError) << offset;
  }
}

uint32_t crc32(std::span<const std::byte> bytes) {
  uint32_t remainder = 0xffffffff;
  for (const std::byte byte : bytes) {
    remainder ^= std::to_integer<uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1U ^ ((remainder & 1U) != 0 ? 0xedb88320U : 0U);
    }
  }
  return ~remainder;
}

TEST(Png, ThatIsTooShortForItsSizeTakesNoMemory) {
  Bytes bytes = encode_png(noise(4, 4, 8, false), {});
  const auto put_big_endian = [&](size_t offset, uint32_t value) {
    for (size_t i = 0; i < 4; ++i)
      bytes[offset + i] = static_cast<std::byte>(value >> (24 - 8 * i));
  };
  put_big_endian(16, 30000);  // width and height of the header, and its checksum
  put_big_endian(20, 30000);
  put_big_endian(29, crc32(std::span(bytes).subspan(12, 17)));
  EXPECT_TRUE(
      throws<InputError>([&] { decoded(bytes); }, "bytes cannot hold 30000 x 30000 pixels"));
  DecodeOptions options;
  options.max_pixels = 1000000;
  EXPECT_TRUE(throws<InputError>([&] { decode(bytes, "name", options); },
                                 "has 30000 x 30000 pixels, more than the 1000000 allowed"));
}

TEST(Png, WithALongerChunkThanTheFileIsRefused) {
  Bytes bytes = encode_png(noise(4, 4, 8, false), {});
  bytes[33] = std::byte{0x70};  // first byte of the length after the header
  EXPECT_TRUE(throws<InputError>([&] { decoded(bytes); }, "it ends early"));
}

}  // namespace
}  // namespace strata::image

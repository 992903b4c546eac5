#include "image/bmp.hpp"

#include "base/error.hpp"
#include "raw_files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::throws;

struct RawBmp {
  int32_t width = 2, height = 2;
  uint32_t bits = 24, compression = 0;
  std::vector<uint32_t> palette = {};  ///< or the three masks, which lie at the same place
  Bytes pixels = {};
};

Bytes raw_bmp(const RawBmp& raw) {
  Bytes bytes = bytes_of("BM");
  const auto begin = static_cast<uint32_t>(54 + 4 * raw.palette.size());
  put(bytes, begin + static_cast<uint32_t>(raw.pixels.size()), 4);
  put(bytes, 0, 4);
  put(bytes, begin, 4);
  put(bytes, 40, 4);
  put(bytes, static_cast<uint32_t>(raw.width), 4);
  put(bytes, static_cast<uint32_t>(raw.height), 4);
  put(bytes, 1, 2);
  put(bytes, raw.bits, 2);
  put(bytes, raw.compression, 4);
  for (int i = 0; i < 5; ++i) put(bytes, 0, 4);  // sizes and resolution, which nobody needs
  for (const uint32_t entry : raw.palette) put(bytes, entry, 4);
  bytes.insert(bytes.end(), raw.pixels.begin(), raw.pixels.end());
  return bytes;
}

/// Rows of two 24-bit pixels, padded to 8 bytes: blue 1 to 4.
Bytes two_rows() {
  Bytes pixels;
  for (const uint32_t blue : {1U, 3U}) {
    put(pixels, blue | 0x102000U, 3);
    put(pixels, (blue + 1) | 0x102000U, 3);
    put(pixels, 0, 2);
  }
  return pixels;
}

TEST(Bmp, ReadsRowsFromBelowAndFromAbove) {
  RawBmp raw;
  raw.pixels = two_rows();
  const Picture below = decoded(raw_bmp(raw));
  EXPECT_EQ(below.format, "bmp");
  EXPECT_EQ(below.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(0x10, 0x20, 3));
  EXPECT_EQ(below.rgb.at<cv::Vec3b>(1, 1), cv::Vec3b(0x10, 0x20, 2));
  raw.height = -2;
  const Picture above = decoded(raw_bmp(raw));
  EXPECT_EQ(above.rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(0x10, 0x20, 1));
}

cv::Vec3b pixel(const Bytes& bytes, int x) { return decoded(bytes).rgb.at<cv::Vec3b>(0, x); }

TEST(Bmp, LooksColoursUpInThePalette) {
  RawBmp raw;
  raw.height = 1;
  raw.width = 3;
  raw.palette = {0x010203, 0x112233, 0x445566};
  raw.bits = 8;
  put(raw.pixels, 0x00020100, 4);
  EXPECT_EQ(pixel(raw_bmp(raw), 1), cv::Vec3b(0x11, 0x22, 0x33));
  EXPECT_EQ(pixel(raw_bmp(raw), 2), cv::Vec3b(0x44, 0x55, 0x66));
  raw.bits = 4;
  raw.pixels.clear();
  put(raw.pixels, 0x00002001, 4);  // 0, 1 and 2, 0
  EXPECT_EQ(pixel(raw_bmp(raw), 0), cv::Vec3b(0x01, 0x02, 0x03));
  EXPECT_EQ(pixel(raw_bmp(raw), 1), cv::Vec3b(0x11, 0x22, 0x33));
  EXPECT_EQ(pixel(raw_bmp(raw), 2), cv::Vec3b(0x44, 0x55, 0x66));
  raw.bits = 1;
  raw.pixels.clear();
  put(raw.pixels, 0x40, 4);
  EXPECT_EQ(pixel(raw_bmp(raw), 0), cv::Vec3b(0x01, 0x02, 0x03));
  EXPECT_EQ(pixel(raw_bmp(raw), 1), cv::Vec3b(0x11, 0x22, 0x33));
}

TEST(Bmp, ReadsPixelsOf16And32Bits) {
  RawBmp raw;
  raw.height = raw.width = 1;
  raw.bits = 16;
  put(raw.pixels, 0x7c10, 4);  // red 31, green 0, blue 16 of 31
  EXPECT_EQ(pixel(raw_bmp(raw), 0), cv::Vec3b(255, 0, 132));
  raw.bits = 32;
  raw.pixels.clear();
  put(raw.pixels, 0xff102030, 4);
  EXPECT_EQ(pixel(raw_bmp(raw), 0), cv::Vec3b(0x10, 0x20, 0x30));
}

TEST(Bmp, ReadsPixelsByTheMasksGiven) {
  RawBmp raw;
  raw.height = raw.width = 1;
  raw.compression = 3;
  raw.bits = 16;
  raw.palette = {0xf800, 0x07e0, 0x001f};
  put(raw.pixels, 0xf800 | 32U << 5U, 4);
  EXPECT_EQ(pixel(raw_bmp(raw), 0), cv::Vec3b(255, 130, 0));
  raw.bits = 32;
  raw.palette = {0xff, 0xff00, 0xff0000};
  raw.pixels.clear();
  put(raw.pixels, 0x00102030, 4);
  EXPECT_EQ(pixel(raw_bmp(raw), 0), cv::Vec3b(0x30, 0x20, 0x10));
}

TEST(Bmp, ReadsTheOldHeader) {
  Bytes bytes = bytes_of("BM");
  for (const uint32_t number : {0U, 0U, 26U, 12U}) put(bytes, number, 4);
  for (const uint32_t number : {1U, 1U, 1U, 24U}) put(bytes, number, 2);
  put(bytes, 0x102030, 4);
  EXPECT_EQ(pixel(bytes, 0), cv::Vec3b(0x10, 0x20, 0x30));
}

TEST(Bmp, RefusesRunLengthCoding) {
  RawBmp raw;
  raw.bits = 8;
  raw.compression = 1;
  EXPECT_TRUE(throws<InputError>([&] { decoded(raw_bmp(raw)); }, "compressed BMP"));
}

TEST(Bmp, IsRefusedWhereverItIsCut) {
  RawBmp raw;
  raw.pixels = two_rows();
  expect_robust(raw_bmp(raw));
}

TEST(Bmp, ThatIsTooLargeIsRefusedBeforeMemoryIsTaken) {
  RawBmp raw;
  raw.pixels = two_rows();
  raw.width = 20000;
  raw.height = 20000;
  EXPECT_TRUE(throws<InputError>([&] { decoded(raw_bmp(raw)); }, "cannot hold 20000 x 20000"));
}

}  // namespace
}  // namespace strata::image

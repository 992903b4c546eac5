#include "image/orientation.hpp"

#include "raw_files.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

TEST(ExifOrientation, ReadsBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(exif_orientation(exif_block(orientation, true)), orientation);
    EXPECT_EQ(exif_orientation(exif_block(orientation, false)), orientation);
  }
}

TEST(ExifOrientation, ReadsBlocksThatSayExifInFront) {
  Bytes block = bytes_of(std::string("Exif\0\0", 6));
  const Bytes exif = exif_block(5, false);
  block.insert(block.end(), exif.begin(), exif.end());
  EXPECT_EQ(exif_orientation(block), 5);
}

TEST(ExifOrientation, IsOneWhereTheBlockIsBrokenOrOutOfRange) {
  EXPECT_EQ(exif_orientation({}), 1);
  EXPECT_EQ(exif_orientation(exif_block(0)), 1);
  EXPECT_EQ(exif_orientation(exif_block(9)), 1);
  EXPECT_EQ(exif_orientation(bytes_of("neither order")), 1);
  const Bytes whole = exif_block(6);
  for (size_t size = 0; size < 19; ++size) {  // the value ends with the 20th byte
    EXPECT_EQ(exif_orientation(std::span(whole).first(size)), 1) << size;
  }
}

TEST(ExifOrientation, NeverReadsOutsideTheBlock) {
  const Bytes whole = exif_block(6);
  for (size_t offset = 0; offset < whole.size(); ++offset) {
    for (unsigned pattern = 1; pattern < 256; ++pattern) {
      const int found = exif_orientation(flipped(whole, offset, pattern));
      EXPECT_TRUE(found >= 1 && found <= 8);
    }
  }
}

/// a b c
/// d e f
cv::Mat letters(const std::vector<std::string>& rows) {
  cv::Mat mat(static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), CV_8UC1);
  for (int y = 0; y < mat.rows; ++y) {
    for (int x = 0; x < mat.cols; ++x) {
      mat.at<char>(y, x) = rows[static_cast<size_t>(y)][static_cast<size_t>(x)];
    }
  }
  return mat;
}

std::vector<std::string> rows_of(const cv::Mat& mat) {
  std::vector<std::string> rows;
  for (int y = 0; y < mat.rows; ++y) rows.emplace_back(mat.ptr<char>(y), mat.cols);
  return rows;
}

TEST(Upright, TurnsEveryOrientation) {
  using Rows = std::vector<std::string>;
  const cv::Mat stored = letters({"abc", "def"});
  EXPECT_EQ(rows_of(upright(stored, 1)), (Rows{"abc", "def"}));
  EXPECT_EQ(rows_of(upright(stored, 2)), (Rows{"cba", "fed"}));
  EXPECT_EQ(rows_of(upright(stored, 3)), (Rows{"fed", "cba"}));
  EXPECT_EQ(rows_of(upright(stored, 4)), (Rows{"def", "abc"}));
  EXPECT_EQ(rows_of(upright(stored, 5)), (Rows{"ad", "be", "cf"}));
  EXPECT_EQ(rows_of(upright(stored, 6)), (Rows{"da", "eb", "fc"}));
  EXPECT_EQ(rows_of(upright(stored, 7)), (Rows{"fc", "eb", "da"}));
  EXPECT_EQ(rows_of(upright(stored, 8)), (Rows{"cf", "be", "ad"}));
  EXPECT_EQ(rows_of(upright(stored, 0)), (Rows{"abc", "def"}));
}

TEST(Upright, GivesPixelsWithoutGaps) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_TRUE(upright(cv::Mat(5, 3, CV_16UC3, cv::Scalar::all(1)), orientation).isContinuous());
  }
}

}  // namespace
}  // namespace strata::image

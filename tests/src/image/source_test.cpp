#include "image/source.hpp"

#include "base/error.hpp"
#include "raw_files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::throws;

TEST(Source, ChecksSizesWithoutOverflow) {
  const Bytes bytes(100);
  const Source source{bytes, "a.png", 1000};
  source.check_size(10, 100, 10.0);
  EXPECT_TRUE(throws<InputError>([&] { source.check_size(10, 101, 10.0); },
                                 "a.png: has 10 x 101 pixels, more than the 1000 allowed"));
  EXPECT_TRUE(throws<InputError>([&] { source.check_size(10, 100, 9.9); },
                                 "its 100 bytes cannot hold 10 x 100 pixels"));
  EXPECT_TRUE(throws<InputError>([&] { source.check_size(0, 5, 1.0); }, "0 x 5"));
  EXPECT_TRUE(throws<InputError>([&] { source.check_size(5, -1, 1.0); }, "5 x -1"));
  EXPECT_TRUE(throws<InputError>([&] { source.check_size(0xffffffff, 1, 1.0); }, "4294967295"));
  EXPECT_TRUE(
      throws<InputError>([&] { source.check_size(0x7fffffff, 0x7fffffff, 1e30); }, "more than"));
}

TEST(Source, SaysWhenThereIsNotEnoughMemory) {
  const Source source{{}, "a.png", 1};
  EXPECT_TRUE(throws<ResourceError>([&] { source.allocate(0x7fffffff, 0x7fffffff, CV_16UC4); },
                                    "a.png: not enough memory for"));
}

TEST(To8Bit, RoundsEveryValueToNearest) {
  cv::Mat deep(1, 65536, CV_16UC1);
  for (int i = 0; i < deep.cols; ++i) deep.at<uint16_t>(0, i) = static_cast<uint16_t>(i);
  const cv::Mat flat = to_8_bit(deep);
  for (int i = 0; i < deep.cols; ++i) ASSERT_EQ(flat.at<uint8_t>(0, i), (i + 128) / 257) << i;
}

TEST(SplitAlpha, IsUndoneByJoinAlpha) {
  const Picture picture = noise(7, 5, 16, true);
  const auto [rgb, alpha] = split_alpha(join_alpha(picture.rgb, picture.alpha));
  EXPECT_EQ(cv::norm(rgb, picture.rgb, cv::NORM_INF), 0.0);
  EXPECT_EQ(cv::norm(alpha, picture.alpha, cv::NORM_INF), 0.0);
  EXPECT_TRUE(split_alpha(picture.rgb).second.empty());
}

}  // namespace
}  // namespace strata::image

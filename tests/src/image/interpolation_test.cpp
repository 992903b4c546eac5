#include "base/error.hpp"
#include "image/tensor.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::throws;

TEST(InterpolationFrom, KnowsEveryMethod) {
  EXPECT_EQ(interpolation_from("nearest"), Interpolation::nearest);
  EXPECT_EQ(interpolation_from("bilinear"), Interpolation::bilinear);
  EXPECT_EQ(interpolation_from("bilinear-antialias"), Interpolation::bilinear_antialias);
  EXPECT_EQ(interpolation_from("bicubic"), Interpolation::bicubic);
  EXPECT_EQ(interpolation_from("bicubic-antialias"), Interpolation::bicubic_antialias);
  EXPECT_EQ(interpolation_from("area"), Interpolation::area);
}

TEST(InterpolationFrom, NamesTheNearestForASlip) {
  EXPECT_TRUE(throws<UsageError>([] { interpolation_from("bilinear_antialias"); },
                                 "did you mean bilinear-antialias?"));
  EXPECT_TRUE(throws<UsageError>([] { interpolation_from(""); }, "bicubic-antialias, area"));
}

TEST(FitFrom, KnowsEveryMode) {
  EXPECT_EQ(fit_from("crop"), Fit::crop);
  EXPECT_EQ(fit_from("pad"), Fit::pad);
  EXPECT_EQ(fit_from("squash"), Fit::squash);
  EXPECT_EQ(fit_from("none"), Fit::none);
}

TEST(FitFrom, NamesTheNearestForASlip) {
  EXPECT_TRUE(throws<UsageError>([] { fit_from("crops"); }, "did you mean crop?"));
}

}  // namespace
}  // namespace strata::image

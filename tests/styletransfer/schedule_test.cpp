#include "styletransfer/schedule.hpp"

#include <gtest/gtest.h>

namespace strata::styletransfer {
namespace {

ScheduleRule geometric() {
  ScheduleRule rule;
  rule.first_iterations = 300;
  rule.iterations = 100;
  return rule;
}

TEST(Schedule, GrowsBySquareRootsOfTwoFromTheSmallestScale) {
  const std::vector<Scale> expected{{128, 300}, {181, 250}, {256, 200}, {362, 150}, {512, 100}};
  EXPECT_EQ(plan_scales(geometric(), 512, {}), expected);
}

TEST(Schedule, HasOneScaleForASmallPicture) {
  EXPECT_EQ(plan_scales(geometric(), 100, {}), (std::vector<Scale>{{100, 100}}));
  EXPECT_EQ(plan_scales(geometric(), 1, {}), (std::vector<Scale>{{1, 100}}));
}

TEST(Schedule, IterationsAreThoseOfTheLastScaleAndTheOthersChangeAlong) {
  const auto scales = plan_scales(geometric(), 512, 10);
  EXPECT_EQ(scales.front().iterations, 30);
  EXPECT_EQ(scales.back().iterations, 10);
  for (const Scale& scale : plan_scales(geometric(), 512, 1)) EXPECT_GE(scale.iterations, 1);
}

TEST(Schedule, WithFixedSizesStopsAtTheSizeAskedFor) {
  ScheduleRule rule;
  rule.fixed = {{512, 500}, {1024, 200}};
  EXPECT_EQ(plan_scales(rule, 300, {}), (std::vector<Scale>{{300, 500}}));
  EXPECT_EQ(plan_scales(rule, 512, {}), (std::vector<Scale>{{512, 500}}));
  EXPECT_EQ(plan_scales(rule, 700, {}), (std::vector<Scale>{{512, 500}, {700, 200}}));
  EXPECT_EQ(plan_scales(rule, 2000, {}), (std::vector<Scale>{{512, 500}, {2000, 200}}));
  EXPECT_EQ(plan_scales(rule, 2000, 20), (std::vector<Scale>{{512, 50}, {2000, 20}}));
}

TEST(Schedule, WithOneFixedScaleOfAnySizeHasThatScaleOnly) {
  ScheduleRule rule;
  rule.fixed = {{0, 1000}};
  EXPECT_EQ(plan_scales(rule, 777, {}), (std::vector<Scale>{{777, 1000}}));
}

}  // namespace
}  // namespace strata::styletransfer

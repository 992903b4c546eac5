#include "optim/rate_schedule.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <numbers>

namespace strata::optim {
namespace {

using testing::throws;

RateSchedule schedule(RateSchedule::Kind kind) {
  RateSchedule s;
  s.kind = kind;
  s.steps = 100;
  return s;
}

TEST(RateSchedule, FollowsACosineDownToTheFloor) {
  RateSchedule s = schedule(RateSchedule::Kind::cosine);
  s.floor = 0.2;
  EXPECT_DOUBLE_EQ(s.at(0), 1.0);
  EXPECT_DOUBLE_EQ(s.at(50), 0.6);
  EXPECT_NEAR(s.at(25), 0.2 + 0.8 * 0.5 * (1 + std::cos(std::numbers::pi / 4)), 1e-15);
  EXPECT_DOUBLE_EQ(s.at(100), 0.2);
  EXPECT_DOUBLE_EQ(s.at(1000), 0.2) << "behind the end";
}

TEST(RateSchedule, RisesInAStraightLineWhileItWarmsUp) {
  for (const auto kind :
       {RateSchedule::Kind::constant, RateSchedule::Kind::cosine, RateSchedule::Kind::step}) {
    RateSchedule s = schedule(kind);
    s.warm_up = 4;
    EXPECT_DOUBLE_EQ(s.at(0), 0.2);
    EXPECT_DOUBLE_EQ(s.at(3), 0.8);
    EXPECT_DOUBLE_EQ(s.at(4), 1.0);
  }
}

TEST(RateSchedule, FallsAtEachMilestone) {
  RateSchedule s = schedule(RateSchedule::Kind::step);
  s.decay = 0.5;
  s.milestones = {0.3, 0.6};
  EXPECT_DOUBLE_EQ(s.at(29), 1.0);
  EXPECT_DOUBLE_EQ(s.at(30), 0.5);
  EXPECT_DOUBLE_EQ(s.at(60), 0.25);
}

TEST(RateSchedule, RefusesBadNumbersByName) {
  const auto refused = [](const auto& change, const std::string& part) {
    RateSchedule s = schedule(RateSchedule::Kind::step);
    change(s);
    return throws<UsageError>([&] { s.validate(); }, part);
  };
  EXPECT_TRUE(refused([](RateSchedule& s) { s.steps = 0; }, "steps 0"));
  EXPECT_TRUE(refused([](RateSchedule& s) { s.warm_up = 100; }, "warm_up 100"));
  EXPECT_TRUE(refused([](RateSchedule& s) { s.floor = 2; }, "floor 2"));
  EXPECT_TRUE(refused([](RateSchedule& s) { s.decay = 0; }, "decay 0"));
  EXPECT_TRUE(refused([](RateSchedule& s) { s.milestones = {1.5}; }, "milestone 1.5"));
}

TEST(RateSchedule, IsKnownByName) {
  for (const std::string& name : rate_schedule_names()) {
    EXPECT_EQ(rate_schedule_names()[static_cast<size_t>(rate_schedule_from(name))], name);
  }
  EXPECT_TRUE(throws<UsageError>([] { rate_schedule_from("cosin"); }, "did you mean cosine?"));
}

}  // namespace
}  // namespace strata::optim

#include "report/ticks.hpp"

#include "base/error.hpp"
#include "base/random.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace strata::report {
namespace {

std::vector<std::string> labels(const Ticks& ticks) {
  std::vector<std::string> texts;
  for (const Tick& tick : ticks.marks) {
    if (!tick.text.empty()) {
      texts.push_back(tick.text + (tick.exponent.empty() ? "" : "^" + tick.exponent));
    }
  }
  return texts;
}

using Labels = std::vector<std::string>;

TEST(LinearTicks, AreNiceNumbersWithTheDecimalsOfTheStep) {
  EXPECT_EQ(labels(linear_ticks(0.13, 0.94, 6, Ends::extend)),
            (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels(linear_ticks(0, 1, 5, Ends::keep)),
            (Labels{"0.00", "0.25", "0.50", "0.75", "1.00"}));
  EXPECT_EQ(labels(linear_ticks(-30, 30, 4, Ends::keep)), (Labels{"\u221220", "0", "20"}));
  EXPECT_EQ(labels(linear_ticks(0, 5e6, 3, Ends::keep)), (Labels{"0", "2.5e+06", "5e+06"}));
}

TEST(LinearTicks, KeepOrExtendTheEnds) {
  const Ticks kept = linear_ticks(0.13, 0.94, 6, Ends::keep);
  EXPECT_EQ(kept.low, 0.13);
  EXPECT_EQ(kept.high, 0.94);
  const Ticks extended = linear_ticks(0.13, 0.94, 6, Ends::extend);
  EXPECT_DOUBLE_EQ(extended.low, 0.0);
  EXPECT_DOUBLE_EQ(extended.high, 1.0);
}

TEST(LinearTicks, WidenASpanThatIsAPoint) {
  for (const double value : {0.0, 0.5, -3.0, 1e9}) {
    const Ticks ticks = linear_ticks(value, value, 6, Ends::extend);
    EXPECT_LT(ticks.low, value);
    EXPECT_GT(ticks.high, value);
    EXPECT_GE(ticks.marks.size(), 2U);
  }
}

TEST(LinearTicks, OfAnyRangeLieInsideEvenlyAndAreFew) {
  Random random(1);
  for (int trial = 0; trial < 2000; ++trial) {
    const double middle = random.normal() * std::pow(10, 6 * random.normal());
    const double half = std::abs(middle) * std::pow(10, -4 * random.uniform()) + 1e-12;
    const int most = 2 + static_cast<int>(random.below(10));
    const Ticks ticks = linear_ticks(middle - half, middle + half, most, Ends::keep);
    ASSERT_LE(ticks.marks.size(), static_cast<size_t>(most));
    const double slack = 1e-5 * half;
    for (size_t i = 0; i < ticks.marks.size(); ++i) {
      ASSERT_GE(ticks.marks[i].at, middle - half - slack);
      ASSERT_LE(ticks.marks[i].at, middle + half + slack);
      if (i > 1) {
        ASSERT_NEAR(ticks.marks[i].at - ticks.marks[i - 1].at,
                    ticks.marks[1].at - ticks.marks[0].at, slack);
      }
    }
  }
}

TEST(LogTicks, LabelThePowersOfTenAndMarkBetweenThem) {
  const Ticks ticks = log_ticks(1e-6, 1e-2, 10);
  EXPECT_EQ(labels(ticks),
            (Labels{"10^\u22126", "10^\u22125", "10^\u22124", "10^\u22123", "10^\u22122"}));
  EXPECT_EQ(ticks.marks.size(), 4U * 9 + 1);
}

TEST(LogTicks, LabelEveryKthPowerOfALongAxis) {
  EXPECT_EQ(labels(log_ticks(1e-8, 1e4, 5)), (Labels{"10^\u22126", "10^\u22123", "10^0", "10^3"}));
}

TEST(LogTicks, LabelTwosAndFivesOfAShortAxis) {
  EXPECT_EQ(labels(log_ticks(0.15, 3, 10)), (Labels{"0.2", "0.5", "1", "2"}));
  EXPECT_FALSE(labels(log_ticks(4, 4, 10)).empty());
}

TEST(LogTicks, RefuseZero) { EXPECT_THROW(log_ticks(0, 1, 5), Fault); }

}  // namespace
}  // namespace strata::report

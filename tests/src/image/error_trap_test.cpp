#include "image/error_trap.hpp"

#include <string>

#include <gtest/gtest.h>

namespace strata::image {
namespace {

TEST(ErrorTrap, RunsAStepToItsEnd) {
  ErrorTrap trap;
  int done = 0;
  EXPECT_TRUE(trap.run([&] { done = 3; }));
  EXPECT_EQ(done, 3);
}

TEST(ErrorTrap, EndsAStepWhereItIsSprungAndKeepsWhatWasDone) {
  ErrorTrap trap;
  int done = 0;
  EXPECT_FALSE(trap.run([&] {
    done = 1;
    trap.spring("broken");
    done = 2;
  }));
  EXPECT_EQ(done, 1);
  EXPECT_STREQ(trap.message(), "broken");
}

TEST(ErrorTrap, CanBeUsedAgainAndCutsLongMessages) {
  ErrorTrap trap;
  const std::string lengthy(1000, 'x');
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(trap.run([&] { trap.spring(lengthy.c_str()); }));
  EXPECT_EQ(std::string(trap.message()), std::string(255, 'x'));
  EXPECT_TRUE(trap.run([] {}));
}

}  // namespace
}  // namespace strata::image

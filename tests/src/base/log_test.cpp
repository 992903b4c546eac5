#include "base/log.hpp"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Log, WritesToStandardErrorAndKeepsWarnings) {
  ::testing::internal::CaptureStderr();
  Log log;
  log.info("hello");
  log.warn("careful");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "hello\nwarning: careful\n");
  EXPECT_EQ(log.warnings(), std::vector<std::string>{"careful"});
}

TEST(Log, QuietStillWarns) {
  ::testing::internal::CaptureStderr();
  Log log(Log::Level::quiet);
  log.info("hello");
  log.warn("careful");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "warning: careful\n");
}

TEST(Progress, ShortWorkLeavesNoLine) {
  ::testing::internal::CaptureStderr();
  Log log;
  {
    Progress progress(log, "work", 10);
    for (int i = 0; i <= 10; ++i) progress.update(i);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace strata

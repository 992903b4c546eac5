#include "base/stop_signal.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(StopSignal, TurnsASignalIntoARequest) {
  StopSignal& stop = install_stop_signal();
  EXPECT_FALSE(stop.requested());
  std::raise(SIGTERM);
  EXPECT_TRUE(stop.requested());
  EXPECT_EQ(stop.signal(), SIGTERM);
  stop.request(0);
}

TEST(Interrupted, HasTheShellsExitCodes) {
  EXPECT_EQ(Interrupted(SIGINT, "").exit_code(), 130);
  EXPECT_EQ(Interrupted(SIGTERM, "").exit_code(), 143);
  EXPECT_EQ(Interrupted(SIGUSR1, "").exit_code(), 143);
}

}  // namespace
}  // namespace strata

#include "nn/device.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace strata::nn {
namespace {

using testing::throws;

TEST(Device, TheCpuIsAlwaysThere) { EXPECT_TRUE(resolve_device("cpu").is_cpu()); }

TEST(Device, AutoTakesAGpuOnlyWhereOneIsUsable) {
  bool usable = false;
  for (const GpuInfo& gpu : gpus()) usable = usable || gpu.supported;
  EXPECT_EQ(resolve_device("auto").is_cuda(), usable);
}

TEST(Device, AnUnknownNameIsRefusedWithWhatIsAllowed) {
  for (const char* name : {"tpu", "cuda:", "cuda:x", "cuda:-1", ""}) {
    EXPECT_TRUE(throws<UsageError>([&] { resolve_device(name); }, "expected auto, cpu, cuda"))
        << name;
  }
}

TEST(Device, AGpuThatIsNotThereIsRefusedWithTheReason) {
  EXPECT_TRUE(throws<UsageError>([] { resolve_device("cuda:99"); }, "cuda:99 cannot be used"));
}

TEST(Threads, FollowTheProcessorsOfTheProcess) {
  EXPECT_GE(available_processors(), 1);
  set_threads(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  set_threads(0);
  EXPECT_EQ(at::get_num_threads(), available_processors());
}

}  // namespace
}  // namespace strata::nn

#include "styletransfer/memory.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace strata::styletransfer {
namespace {

constexpr double kMegabyte = 1024.0 * 1024.0;

TEST(Memory, OfThisProcessIsKnownAndBelowTheLimit) {
  EXPECT_GT(resident_bytes(), kMegabyte);
  EXPECT_LT(resident_bytes(), memory_limit_bytes());
}

TEST(PeakMemory, RemembersWhatHasBeenGivenBack) {
  const double before = resident_bytes();
  const PeakMemory peak(c10::Device(c10::kCPU));
  {
    std::vector<char> block(size_t{200} << 20U, 'x');
    // Long enough for the sampler to see it, whatever else the machine does.
    while (peak.bytes() < before + 190 * kMegabyte) {
    }
    EXPECT_EQ(block.back(), 'x');
  }
  EXPECT_LT(resident_bytes(), before + 50 * kMegabyte);
  EXPECT_GE(peak.bytes(), before + 190 * kMegabyte);
}

}  // namespace
}  // namespace strata::styletransfer

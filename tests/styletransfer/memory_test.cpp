#include "styletransfer/memory.hpp"

#include <cstring>

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace strata::styletransfer {
namespace {

constexpr double kMegabyte = 1024.0 * 1024.0;

TEST(Memory, OfThisProcessIsKnownAndBelowTheLimit) {
  EXPECT_GT(resident_bytes(), kMegabyte);
  EXPECT_LT(resident_bytes(), memory_limit_bytes());
}

TEST(PeakMemory, RemembersWhatHasBeenGivenBack) {
  const double before = resident_bytes();
  const PeakMemory peak(c10::Device{c10::kCPU});
  // From the system and back to it: allocators may keep what they are given back.
  constexpr size_t kBytes = size_t{200} << 20U;
  void* block = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  std::memset(block, 'x', kBytes);
  // Long enough for the sampler to see it, whatever else the machine does.
  while (peak.bytes() < before + 190 * kMegabyte) {
  }
  munmap(block, kBytes);
  EXPECT_LT(resident_bytes(), before + 50 * kMegabyte);
  EXPECT_GE(peak.bytes(), before + 190 * kMegabyte);
}

}  // namespace
}  // namespace strata::styletransfer

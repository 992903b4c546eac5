#include "styletransfer/memory.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <torch/version.h>
#include <unistd.h>

// One interface to the allocators of all devices, without CUDA's headers.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 11)
#define STRATA_DEVICE_STATS 1
#include <ATen/DeviceAccelerator.h>
#endif

namespace strata::styletransfer {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(5);

#ifdef STRATA_DEVICE_STATS
constexpr size_t kAggregate = 0;  // over all pools
#endif

double cgroup_limit(const char* file) {
  std::ifstream in(file);
  double bytes = 0.0;
  // Version 2 writes "max" where there is none.
  return in >> bytes && bytes > 0.0 ? bytes : std::numeric_limits<double>::infinity();
}

}  // namespace

double resident_bytes() {
  std::ifstream in("/proc/self/status");
  double kilobytes = 0.0;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("RssAnon:", 0) != 0 && line.rfind("RssShmem:", 0) != 0) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    double value = 0.0;
    if (words >> value) kilobytes += value;
  }
  return kilobytes * 1024.0;
}

double memory_limit_bytes() {
  const double machine =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  return std::min({machine, cgroup_limit("/sys/fs/cgroup/memory.max"),
                   cgroup_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes")});
}

PeakMemory::PeakMemory(c10::Device device) : device_(device) {
  if (device_.is_cpu()) {
    sample();
    thread_ = std::thread([this] {
      while (!done_) {
        std::this_thread::sleep_for(kInterval);
        sample();
      }
    });
    return;
  }
#ifdef STRATA_DEVICE_STATS
  at::accelerator::resetPeakStats(device_.index());
#endif
}

PeakMemory::~PeakMemory() {
  done_ = true;
  if (thread_.joinable()) thread_.join();
}

double PeakMemory::bytes() const {
  if (device_.is_cpu()) return std::max(peak_.load(), resident_bytes());
#ifdef STRATA_DEVICE_STATS
  return static_cast<double>(
      at::accelerator::getDeviceStats(device_.index()).allocated_bytes[kAggregate].peak);
#else
  return resident_bytes();
#endif
}

void PeakMemory::sample() {
  const double now = resident_bytes();
  if (now > peak_.load()) peak_.store(now);
}

}  // namespace strata::styletransfer

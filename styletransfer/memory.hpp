#pragma once

#include <atomic>
#include <thread>

#include <c10/core/Device.h>

namespace strata::styletransfer {

/// Anonymous + shared memory of this process now (RssAnon + RssShmem of /proc/self/status), in
/// bytes; 0 where the system does not say.
double resident_bytes();

/// The memory this process may use: the machine's, or its cgroup's where that is less.
double memory_limit_bytes();

/// The largest resident_bytes() while it lives, sampled every few milliseconds; on a GPU the
/// largest amount of device memory allocated since it was made.
class PeakMemory {
 public:
  explicit PeakMemory(c10::Device device);
  ~PeakMemory();
  PeakMemory(const PeakMemory&) = delete;
  PeakMemory& operator=(const PeakMemory&) = delete;
  double bytes() const;

 private:
  void sample();

  c10::Device device_;
  std::atomic<double> peak_{0.0};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace strata::styletransfer

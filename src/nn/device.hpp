#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <c10/core/Device.h>

namespace strata::nn {

/// "auto" (the first usable GPU, else the CPU), "cpu", "cuda" or "cuda:1". Throws UsageError where
/// the device is not there, saying what is. A GPU counts as usable where this build links
/// LibTorch's CUDA libraries, a driver answers, and LibTorch has code for its compute capability.
c10::Device resolve_device(const std::string& name);

/// Threads for one operation: 0 means as many as processors this process may use (affinity and
/// cgroup quota). Applies to the whole process.
void set_threads(int64_t threads);
int64_t available_processors();

struct GpuInfo {
  int index = 0;
  std::string name;
  std::string capability;  ///< "9.0"
  double memory_bytes = 0;
  bool supported = false;
  std::string why_not;  ///< empty where supported
};
/// All GPUs the driver shows; empty without a driver or without CUDA in this build.
std::vector<GpuInfo> gpus();
/// Whether this build links LibTorch's CUDA libraries.
bool built_with_cuda();

/// "cpu" with the processor's model, or the GPU's name.
std::string device_title(c10::Device device);
/// "2.11.0", "oneDNN ... MKL ..." for records and for `strata doctor`.
std::string torch_version();
std::string blas_description();
/// Instruction set extensions that matter for speed and that this processor has: "avx2", ...
std::vector<std::string> processor_features();

}  // namespace strata::nn

#include "nn/device.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/Version.h>
#include <ATen/ops/ones.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <sched.h>
#include <torch/version.h>

namespace strata::nn {
namespace {

/// The few functions of the CUDA driver that tell what GPUs there are. The driver is asked at run
/// time, so that a CPU build can say that a GPU lies idle, and no CUDA header is needed.
class Driver {
 public:
  Driver() : library_(dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) return;
    init_ = symbol<int (*)(unsigned)>("cuInit");
    count_ = symbol<int (*)(int*)>("cuDeviceGetCount");
    get_ = symbol<int (*)(int*, int)>("cuDeviceGet");
    name_ = symbol<int (*)(char*, int, int)>("cuDeviceGetName");
    attribute_ = symbol<int (*)(int*, int, int)>("cuDeviceGetAttribute");
    memory_ = symbol<int (*)(size_t*, int)>("cuDeviceTotalMem_v2");
    usable_ = init_ != nullptr && count_ != nullptr && get_ != nullptr && name_ != nullptr &&
              attribute_ != nullptr && memory_ != nullptr && init_(0) == 0;
  }

  std::vector<GpuInfo> gpus() const {
    std::vector<GpuInfo> found;
    int count = 0;
    if (!usable_ || count_(&count) != 0) return found;
    for (int i = 0; i < count; ++i) {
      int device = 0, major = 0, minor = 0;
      size_t bytes = 0;
      std::array<char, 256> name{};
      constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
      if (get_(&device, i) != 0 || name_(name.data(), name.size() - 1, device) != 0) continue;
      attribute_(&major, kMajor, device);
      attribute_(&minor, kMinor, device);
      memory_(&bytes, device);
      GpuInfo gpu;
      gpu.index = i;
      gpu.name = name.data();
      gpu.capability = fmt::format("{}.{}", major, minor);
      gpu.memory_bytes = static_cast<double>(bytes);
      found.push_back(gpu);
    }
    return found;
  }

 private:
  template <class F>
  F symbol(const char* name) const {
    return reinterpret_cast<F>(dlsym(library_, name));
  }

  void* library_;  // kept for the life of the process: CUDA does not like to be unloaded
  int (*init_)(unsigned) = nullptr;
  int (*count_)(int*) = nullptr;
  int (*get_)(int*, int) = nullptr;
  int (*name_)(char*, int, int) = nullptr;
  int (*attribute_)(int*, int, int) = nullptr;
  int (*memory_)(size_t*, int) = nullptr;
  bool usable_ = false;
};

/// Empty if a kernel runs there; otherwise why not. The only sure test that LibTorch holds code for
/// a GPU is to run some.
std::string try_kernel(int index) {
  try {
    const at::Device device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
    const at::Tensor two = at::ones({1}, at::TensorOptions().device(device)) * 2;
    return two.item<double>() == 2.0 ? "" : "computes wrong results";
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    return text.substr(0, text.find('\n'));
  }
}

double cgroup_processors() {
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0) return std::stod(quota) / period;
  std::ifstream v1_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double allowed = 0;
  if (v1_quota >> allowed && v1_period >> period && allowed > 0 && period > 0) {
    return allowed / period;
  }
  return INFINITY;
}

std::string processor_model() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

}  // namespace

bool built_with_cuda() { return at::globalContext().hasCUDA() || STRATA_LINKS_CUDA != 0; }

std::vector<GpuInfo> gpus() {
  static const Driver driver;
  std::vector<GpuInfo> found = driver.gpus();
  for (GpuInfo& gpu : found) {
    if (!built_with_cuda()) {
      gpu.why_not = "this build has no CUDA; rebuild with CUDA=1";
    } else if (!at::globalContext().hasCUDA()) {
      gpu.why_not = "LibTorch cannot use the driver; it may be older than LibTorch's CUDA";
    } else {
      gpu.why_not = try_kernel(gpu.index);
      if (gpu.why_not.find("no kernel image") != std::string::npos) {
        gpu.why_not = fmt::format("compute capability {} is too old for LibTorch {}",
                                  gpu.capability, torch_version());
      }
    }
    gpu.supported = gpu.why_not.empty();
  }
  return found;
}

c10::Device resolve_device(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  const bool automatic = name == "auto";
  int64_t wanted = 0;
  if (name.starts_with("cuda:")) {
    const std::string number = name.substr(5);
    if (number.empty() || number.size() > 3 ||
        !std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      throw UsageError("device: found '" + name + "', expected auto, cpu, cuda or cuda:NUMBER");
    }
    wanted = std::stoll(number);
  } else if (!automatic && name != "cuda") {
    throw UsageError("device: found '" + name + "', expected auto, cpu, cuda or cuda:NUMBER");
  }
  std::string reason = built_with_cuda() ? "no NVIDIA driver answers"
                                         : "this build has no CUDA; rebuild with CUDA=1";
  if (!automatic || built_with_cuda()) {
    const std::vector<GpuInfo> found = gpus();
    for (const GpuInfo& gpu : found) {
      const bool asked = automatic || gpu.index == wanted;
      if (asked && gpu.supported) {
        return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(gpu.index));
      }
      if (asked) reason = gpu.name + ": " + gpu.why_not;
    }
    if (!found.empty() && wanted >= static_cast<int64_t>(found.size())) {
      reason = fmt::format("there are {} GPUs, numbered from 0", found.size());
    }
  }
  if (automatic) return at::Device(at::kCPU);
  throw UsageError(fmt::format("device: {} cannot be used: {}", name, reason));
}

int64_t available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const double affinity =
      sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<double>(CPU_COUNT(&set)) : 1.0;
  return std::max<int64_t>(1, std::llround(std::floor(std::min(affinity, cgroup_processors()))));
}

void set_threads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads > 0 ? threads : available_processors()));
}

std::string device_title(c10::Device device) {
  if (device.is_cpu()) return processor_model();
  for (const GpuInfo& gpu : gpus()) {
    if (gpu.index == device.index()) return gpu.name;
  }
  return device.str();
}

std::string torch_version() { return TORCH_VERSION; }

std::string blas_description() {
  const auto first_line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  return first_line(at::get_mkl_version()) + "; " + first_line(at::get_mkldnn_version());
}

std::vector<std::string> processor_features() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  std::vector<std::string> found;
  while (std::getline(info, line) && !line.starts_with("flags")) {
  }
  std::istringstream flags(line);
  for (std::string flag; flags >> flag;) {
    for (const char* known : {"avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"}) {
      if (flag == known) found.push_back(flag);
    }
  }
  return found;
}

}  // namespace strata::nn

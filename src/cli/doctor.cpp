#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "nn/card.hpp"
#include "nn/device.hpp"
#include "nn/weight_files.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json examine() {
  json found;
  found["strata"] = version();
  found["libtorch"] = nn::torch_version();
  found["blas"] = nn::blas_description();
  found["opencv"] = CV_VERSION;
  found["compiler"] = __VERSION__;
  found["processor"] = nn::device_title(c10::Device(c10::kCPU));
  found["instructions"] = nn::processor_features();
  found["processors"] = nn::available_processors();
  found["cuda_build"] = nn::built_with_cuda();
  found["gpus"] = json::array();
  for (const nn::GpuInfo& gpu : nn::gpus()) {
    found["gpus"].push_back({{"index", gpu.index},
                             {"name", gpu.name},
                             {"capability", gpu.capability},
                             {"memory_bytes", gpu.memory_bytes},
                             {"usable", gpu.supported},
                             {"why_not", gpu.why_not}});
  }
  const nn::ModelPaths paths = nn::ModelPaths::standard();
  for (const fs::path& folder : paths.cards) found["card_folders"].push_back(folder.string());
  for (const fs::path& folder : paths.weights) found["weight_folders"].push_back(folder.string());
  found["networks"] = json::array();
  for (const std::string& name : nn::card_names(paths)) {
    const auto file = nn::find_weights(nn::load_card(name, paths), paths);
    found["networks"].push_back({{"name", name}, {"weights", file ? file->string() : ""}});
  }
  return found;
}

std::string words(const json& list) { return join(list.get<std::vector<std::string>>(), " "); }

std::string text(const json& found) {
  std::string lines;
  const auto line = [&lines](const char* name, const std::string& value) {
    lines += fmt::format("{:<14} {}\n", name, value);
  };
  line("strata", found["strata"]);
  line("LibTorch", found["libtorch"]);
  line("", found["blas"]);
  line("OpenCV", found["opencv"]);
  line("compiler", "g++ " + found["compiler"].get<std::string>());
  line("processor", fmt::format("{}, {} usable, {}", found["processor"].get<std::string>(),
                                found["processors"].get<int64_t>(), words(found["instructions"])));
  line("CUDA build", found["cuda_build"].get<bool>() ? "yes" : "no (rebuild with CUDA=1 for one)");
  if (found["gpus"].empty()) line("GPU", "none: everything runs on the CPU");
  for (const json& gpu : found["gpus"]) {
    line("GPU",
         fmt::format("{}: {}, capability {}, {}: {}", gpu["index"].get<int>(),
                     gpu["name"].get<std::string>(), gpu["capability"].get<std::string>(),
                     human_bytes(gpu["memory_bytes"].get<double>()),
                     gpu["usable"].get<bool>() ? "usable" : gpu["why_not"].get<std::string>()));
  }
  int present = 0;
  for (const json& network : found["networks"]) {
    if (network["weights"].get<std::string>().empty()) continue;
    line(present++ == 0 ? "weights" : "",
         fmt::format("{:<14} {}", network["name"].get<std::string>(),
                     network["weights"].get<std::string>()));
  }
  line(present == 0 ? "weights" : "",
       fmt::format("{} of {} networks have none here; strata models show NAME says where to get "
                   "them",
                   found["networks"].size() - static_cast<size_t>(present),
                   found["networks"].size()));
  return lines;
}

}  // namespace

Run setup_doctor(CLI::App&) {
  return [](const Context& context) {
    const json found = examine();
    if (context.json) {
      print_json(found);
    } else {
      print(text(found));
    }
    return 0;
  };
}

}  // namespace strata::cli

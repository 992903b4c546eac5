// Every layer of four networks with real weights against PyTorch, and fused plans against those.

#include "base/log.hpp"
#include "nn/network.hpp"
#include "nn/plan.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;
using testing::tensors_close;

constexpr double kTolerance = 1e-4;  // of the norm, and of the largest value
const std::string kTap = "tap/";

/// Those of the tree and, for real pictures, those of a folder named in the environment:
/// tests/golden/features.py writes both.
std::vector<fs::path> golden_files() {
  std::vector<fs::path> folders = {fs::path(STRATA_SOURCE_DIR) / "tests" / "golden"};
  if (const char* more = std::getenv("STRATA_GOLDEN_FEATURES")) folders.emplace_back(more);
  std::vector<fs::path> files;
  for (const fs::path& folder : folders) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with("features_") &&
          entry.path().extension() == ".safetensors") {
        files.push_back(entry.path());
      }
    }
  }
  return files;
}

Network network_of(const weights::StateDict& golden, const fs::path& data) {
  NetworkRequest request;
  request.network = golden.metadata.at("network");
  request.weights = (data / "weights" / golden.metadata.at("weights")).string();
  Log log(Log::Level::quiet);
  return load_network(request, {}, ModelPaths::standard(), log, Depth::as_stored);
}

/// Largest errors over the taps, relative to the tap's norm and to its largest value.
struct Worst {
  double norm = 0.0;
  double value = 0.0;
};

Worst expect_golden(const Network& network,
                    const weights::StateDict& golden,
                    const std::vector<NodeId>& taps) {
  Worst worst;
  const InferencePlan plan(network.graph, network.parameters, taps, {});
  plan.run(preprocess(golden.tensors.at("input"), network.card.input),
           [&](size_t tap, const at::Tensor& features) {
             const std::string& name = network.graph.node(taps[tap]).name;
             const at::Tensor expected = golden.tensors.at(kTap + name).to(at::kDouble);
             EXPECT_TRUE(tensors_close(features, expected, kTolerance))
                 << golden.file << " " << name;
             const at::Tensor error = features.to(at::kDouble) - expected;
             worst.norm = std::max(worst.norm, (error.norm() / expected.norm()).item<double>());
             worst.value =
                 std::max(worst.value, (error.abs().max() / expected.abs().max()).item<double>());
           });
  return worst;
}

TEST(GoldenFeatures, OfEveryLayerAgreeWithPyTorch) {
  const auto data = testing::shared_data();
  if (!data) GTEST_SKIP() << testing::kNoSharedData;
  const auto files = golden_files();
  EXPECT_GE(files.size(), 4U);
  for (const fs::path& file : files) {
    const weights::StateDict golden = weights::read(file);
    const Network network = network_of(golden, *data);
    const auto all = network.graph.tappable();
    EXPECT_EQ(all.size() + 1, golden.tensors.size()) << "as many layers, and the picture";
    const Worst worst = expect_golden(network, golden, all);
    RecordProperty(file.stem().string(), fmt::format("{:.1e} {:.1e}", worst.norm, worst.value));
    // Taps between layers keep them from being folded and fused: few taps as well.
    std::vector<NodeId> rectified;
    for (const NodeId id : all) {
      if (std::holds_alternative<Relu>(network.graph.node(id).op)) rectified.push_back(id);
    }
    expect_golden(network, golden, rectified);
    expect_golden(network, golden, {all.back()});
  }
}

}  // namespace
}  // namespace strata::nn

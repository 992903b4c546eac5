#include "base/error.hpp"
#include "nn/builder_families.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace strata::nn {
namespace {

constexpr std::array<int64_t, 5> kDepths = {20, 32, 44, 56, 110};

Conv2d convolution(int64_t in, int64_t out, int64_t stride) {
  return {.in = in, .out = out, .stride = {stride, stride}, .padding = {1, 1}, .bias = false};
}

void add_block(Graph& graph, const std::string& name, int64_t in, int64_t out, int64_t stride) {
  const NodeId input = graph.last();
  graph.add(name + ".conv1", convolution(in, out, stride));
  graph.add(name + ".bn1", BatchNorm2d{out});
  graph.add(name + ".relu", Relu{});
  graph.add(name + ".conv2", convolution(out, out, 1));
  const NodeId residual = graph.add(name + ".bn2", BatchNorm2d{out});
  NodeId shortcut = input;
  if (stride != 1 || in != out) {
    // The new channels lie half in front and half behind, a quarter of `out` on each side where
    // the width doubles, as in the published weights' network.
    const ShortcutA op{.stride = stride, .before = (out - in) / 2, .after = (out - in) / 2};
    shortcut = graph.add(name + ".shortcut", op, {input});
  }
  graph.add(name + ".add", Add{}, {residual, shortcut});
  graph.alias(name, graph.add(name + ".relu_1", Relu{}));
}

}  // namespace

std::vector<std::string> cifar_resnet_variants() {
  std::vector<std::string> names;
  for (const int64_t depth : kDepths) names.push_back(std::to_string(depth));
  return names;
}

Graph build_cifar_resnet(const Architecture& architecture) {
  const auto* depth = std::find_if(kDepths.begin(), kDepths.end(), [&](int64_t candidate) {
    return std::to_string(candidate) == architecture.variant;
  });
  STRATA_CHECK(depth != kDepths.end(), "no CIFAR ResNet " + architecture.variant);
  const int64_t blocks = (*depth - 2) / 6;
  Graph graph;
  graph.add("conv1", convolution(3, 16, 1));
  graph.add("bn1", BatchNorm2d{16});
  graph.add("relu", Relu{});
  int64_t channels = 16;
  for (int64_t stage = 1; stage <= 3; ++stage) {
    const std::string name = fmt::format("layer{}", stage);
    const int64_t width = int64_t{8} << stage;
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t stride = stage > 1 && i == 0 ? 2 : 1;
      add_block(graph, fmt::format("{}.{}", name, i), channels, width, stride);
      channels = width;
    }
    graph.alias(name, graph.last());
  }
  graph.add("avgpool", AdaptiveAveragePool2d{});
  graph.add("flatten", Flatten{});
  graph.add("linear", Linear{channels, architecture.classes});
  return graph;
}

}  // namespace strata::nn

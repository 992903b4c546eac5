#include "base/error.hpp"
#include "nn/builder_families.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace strata::nn {
namespace {

constexpr int64_t kExpansion = 4;  // of a bottleneck's last convolution

struct Variant {
  const char* name;
  std::array<int64_t, 4> blocks;
  bool bottleneck;
};
constexpr std::array<Variant, 5> kVariants = {{{"18", {2, 2, 2, 2}, false},
                                               {"34", {3, 4, 6, 3}, false},
                                               {"50", {3, 4, 6, 3}, true},
                                               {"101", {3, 4, 23, 3}, true},
                                               {"152", {3, 8, 36, 3}, true}}};

Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return {.in = in,
          .out = out,
          .kernel = {kernel, kernel},
          .stride = {stride, stride},
          .padding = {kernel / 2, kernel / 2},
          .bias = false};
}

struct Block {
  std::string name;
  int64_t in;     ///< channels that come
  int64_t width;  ///< channels of the 3x3 convolution
  int64_t out;    ///< channels that leave
  int64_t stride;
};

/// conv - bn - relu - conv - bn, ending before the sum.
void add_basic(Graph& graph, const Block& block) {
  const std::string& name = block.name;
  graph.add(name + ".conv1", convolution(block.in, block.width, 3, block.stride));
  graph.add(name + ".bn1", BatchNorm2d{block.width});
  graph.add(name + ".relu", Relu{});
  graph.add(name + ".conv2", convolution(block.width, block.out, 3, 1));
  graph.add(name + ".bn2", BatchNorm2d{block.out});
}

void add_bottleneck(Graph& graph, const Block& block) {
  const std::string& name = block.name;
  graph.add(name + ".conv1", convolution(block.in, block.width, 1, 1));
  graph.add(name + ".bn1", BatchNorm2d{block.width});
  graph.add(name + ".relu", Relu{});
  graph.add(name + ".conv2", convolution(block.width, block.width, 3, block.stride));
  graph.add(name + ".bn2", BatchNorm2d{block.width});
  graph.add(name + ".relu_1", Relu{});
  graph.add(name + ".conv3", convolution(block.width, block.out, 1, 1));
  graph.add(name + ".bn3", BatchNorm2d{block.out});
}

void add_block(Graph& graph, const Block& block, bool bottleneck) {
  const NodeId input = graph.last();
  bottleneck ? add_bottleneck(graph, block) : add_basic(graph, block);
  const NodeId residual = graph.last();
  NodeId shortcut = input;
  if (block.stride != 1 || block.in != block.out) {
    graph.add(block.name + ".downsample.0", convolution(block.in, block.out, 1, block.stride),
              {input});
    shortcut = graph.add(block.name + ".downsample.1", BatchNorm2d{block.out});
  }
  graph.add(block.name + ".add", Add{}, {residual, shortcut});
  // torchvision calls one ReLU module several times; its uses are told apart by a number.
  graph.add(block.name + (bottleneck ? ".relu_2" : ".relu_1"), Relu{});
  graph.alias(block.name, graph.last());
}

}  // namespace

std::vector<std::string> resnet_variants() {
  std::vector<std::string> names;
  for (const Variant& variant : kVariants) names.emplace_back(variant.name);
  return names;
}

Graph build_resnet(const Architecture& architecture) {
  const auto* variant = std::find_if(kVariants.begin(), kVariants.end(), [&](const Variant& v) {
    return v.name == architecture.variant;
  });
  STRATA_CHECK(variant != kVariants.end(), "no ResNet " + architecture.variant);
  Graph graph;
  graph.add("conv1", convolution(3, 64, 7, 2));
  graph.add("bn1", BatchNorm2d{64});
  graph.add("relu", Relu{});
  graph.add("maxpool", Pool2d{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}});
  int64_t channels = 64;
  for (size_t stage = 0; stage < variant->blocks.size(); ++stage) {
    const std::string name = fmt::format("layer{}", stage + 1);
    const int64_t width = int64_t{64} << stage;
    const int64_t out = variant->bottleneck ? width * kExpansion : width;
    for (int64_t i = 0; i < variant->blocks[stage]; ++i) {
      const int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      add_block(graph, {fmt::format("{}.{}", name, i), channels, width, out, stride},
                variant->bottleneck);
      channels = out;
    }
    graph.alias(name, graph.last());
  }
  graph.add("avgpool", AdaptiveAveragePool2d{});
  graph.add("flatten", Flatten{});
  graph.add("fc", Linear{channels, architecture.classes});
  return graph;
}

}  // namespace strata::nn

#include "nn/builder_families.hpp"

#include <variant>

#include <fmt/format.h>

namespace strata::nn {
namespace {

/// Squeeze to `squeeze` channels, expand to `expand` of each kernel size.
struct Fire {
  int64_t squeeze;
  int64_t expand;
};
struct Pooling {};
using Stage = std::variant<Fire, Pooling>;

/// What follows the first convolution and its ReLU.
std::vector<Stage> stages_of(const std::string& variant) {
  if (variant == "1_0") {
    return {Pooling{},     Fire{16, 64},  Fire{16, 64},  Fire{32, 128}, Pooling{},    Fire{32, 128},
            Fire{48, 192}, Fire{48, 192}, Fire{64, 256}, Pooling{},     Fire{64, 256}};
  }
  return {Pooling{}, Fire{16, 64},  Fire{16, 64},  Pooling{},     Fire{32, 128}, Fire{32, 128},
          Pooling{}, Fire{48, 192}, Fire{48, 192}, Fire{64, 256}, Fire{64, 256}};
}

/// Returns the number of channels that leave the module.
int64_t add_fire(Graph& graph, const std::string& module, int64_t channels, const Fire& fire) {
  const Pair one{1, 1};
  graph.add(module + ".squeeze", Conv2d{.in = channels, .out = fire.squeeze, .kernel = one});
  const NodeId squeezed = graph.add(module + ".squeeze_activation", Relu{});
  graph.add(module + ".expand1x1", Conv2d{.in = fire.squeeze, .out = fire.expand, .kernel = one});
  const NodeId narrow = graph.add(module + ".expand1x1_activation", Relu{});
  graph.add(module + ".expand3x3",
            Conv2d{.in = fire.squeeze, .out = fire.expand, .padding = {1, 1}}, {squeezed});
  const NodeId wide = graph.add(module + ".expand3x3_activation", Relu{});
  graph.add(module + ".cat", Concat{}, {narrow, wide});
  return 2 * fire.expand;
}

}  // namespace

std::vector<std::string> squeezenet_variants() { return {"1_0", "1_1"}; }

Graph build_squeezenet(const Architecture& architecture) {
  const bool first = architecture.variant == "1_0";
  int64_t channels = first ? 96 : 64;
  const int64_t kernel = first ? 7 : 3;
  Graph graph;
  graph.add("features.0",
            Conv2d{.in = 3, .out = channels, .kernel = {kernel, kernel}, .stride = {2, 2}});
  graph.alias("conv1", graph.last());
  graph.alias("relu1", graph.add("features.1", Relu{}));
  int64_t member = 2;  // of the Sequential `features`
  int64_t layer = 1;   // the paper's counting: fire modules follow conv1, pools share a number
  for (const Stage& stage : stages_of(architecture.variant)) {
    const std::string name = fmt::format("features.{}", member++);
    if (const auto* fire = std::get_if<Fire>(&stage)) {
      channels = add_fire(graph, name, channels, *fire);
      graph.alias(fmt::format("fire{}", ++layer), graph.last());
      graph.alias(name, graph.last());
    } else {
      const Pool2d pool{.kernel = {3, 3}, .stride = {2, 2}, .ceil = true};
      graph.alias(fmt::format("pool{}", layer), graph.add(name, pool));
    }
  }
  graph.add("classifier.0", Dropout{});
  graph.add("classifier.1", Conv2d{.in = channels, .out = architecture.classes, .kernel = {1, 1}});
  graph.alias("conv10", graph.last());
  graph.alias("relu10", graph.add("classifier.2", Relu{}));
  graph.alias("pool10", graph.add("classifier.3", AdaptiveAveragePool2d{}));
  graph.add("flatten", Flatten{});
  return graph;
}

}  // namespace strata::nn

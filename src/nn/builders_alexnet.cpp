#include "nn/builder_families.hpp"

namespace strata::nn {

Graph build_alexnet(const Architecture& architecture) {
  constexpr int64_t kHidden = 4096;
  constexpr int64_t kGrid = 6;
  const Pool2d pool{.kernel = {3, 3}, .stride = {2, 2}};
  Graph graph;
  const auto add = [&graph](const char* name, const Op& op, const char* alias) {
    graph.alias(alias, graph.add(name, op));
  };
  add("features.0",
      Conv2d{.in = 3, .out = 64, .kernel = {11, 11}, .stride = {4, 4}, .padding = {2, 2}}, "conv1");
  add("features.1", Relu{}, "relu1");
  add("features.2", pool, "pool1");
  add("features.3", Conv2d{.in = 64, .out = 192, .kernel = {5, 5}, .padding = {2, 2}}, "conv2");
  add("features.4", Relu{}, "relu2");
  add("features.5", pool, "pool2");
  add("features.6", Conv2d{.in = 192, .out = 384, .padding = {1, 1}}, "conv3");
  add("features.7", Relu{}, "relu3");
  add("features.8", Conv2d{.in = 384, .out = 256, .padding = {1, 1}}, "conv4");
  add("features.9", Relu{}, "relu4");
  add("features.10", Conv2d{.in = 256, .out = 256, .padding = {1, 1}}, "conv5");
  add("features.11", Relu{}, "relu5");
  add("features.12", pool, "pool5");
  graph.add("avgpool", AdaptiveAveragePool2d{{kGrid, kGrid}});
  graph.add("flatten", Flatten{});
  graph.add("classifier.0", Dropout{});
  add("classifier.1", Linear{256 * kGrid * kGrid, kHidden}, "fc6");
  add("classifier.2", Relu{}, "relu6");
  graph.add("classifier.3", Dropout{});
  add("classifier.4", Linear{kHidden, kHidden}, "fc7");
  add("classifier.5", Relu{}, "relu7");
  add("classifier.6", Linear{kHidden, architecture.classes}, "fc8");
  return graph;
}

}  // namespace strata::nn

#include "probes/tap.hpp"

#include "base/sha256.hpp"

#include <algorithm>

namespace strata::probes {
namespace {

/// Nodes with weights on the longest way from the input to each node.
std::vector<int64_t> depths(const nn::Graph& graph) {
  std::vector<int64_t> depth(graph.nodes().size(), 0);
  for (nn::NodeId id = 0; id < graph.nodes().size(); ++id) {
    const nn::Node& node = graph.node(id);
    for (const nn::NodeId input : node.inputs) depth[id] = std::max(depth[id], depth[input]);
    const bool weighted =
        std::holds_alternative<nn::Conv2d>(node.op) || std::holds_alternative<nn::Linear>(node.op);
    if (weighted) ++depth[id];
  }
  return depth;
}

}  // namespace

std::vector<std::string> default_taps(const nn::NetworkSource& network,
                                      const std::vector<std::string>& layers) {
  std::vector<std::string> names;
  if (!layers.empty()) {
    const std::vector<nn::NodeId> reachable = network.reachable();
    for (const nn::NodeId id : network.full.select(layers)) {
      if (std::find(reachable.begin(), reachable.end(), id) != reachable.end()) {
        names.push_back(network.full.node(id).name);
      }
    }
  }
  return names.empty() ? std::vector<std::string>{"all"} : names;
}

std::vector<Tap> taps_of(const nn::Graph& graph,
                         const std::vector<std::string>& patterns,
                         int64_t side) {
  const std::vector<nn::NodeId> nodes = graph.select(patterns);
  const nn::Graph cut = graph.cut(nodes);
  const std::vector<nn::Shape> shapes = cut.shapes({1, 3, side, side});
  const std::vector<int64_t> depth = depths(graph);
  std::vector<Tap> taps;
  for (const nn::NodeId node : nodes) {
    const std::string& name = graph.node(node).name;
    taps.push_back({.node = node,
                    .name = name,
                    .title = graph.title(node),
                    .depth = depth[node],
                    .shape = shapes[cut.find(name)],
                    .signature = sha256_hex(graph.cut({node}).signature())});
  }
  return taps;
}

}  // namespace strata::probes

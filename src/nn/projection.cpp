#include "nn/projection.hpp"

#include "base/error.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace strata::nn {
namespace {

// Larger than any network here needs.
constexpr int64_t kSide = 256;

std::string relu_of(const Projection& projection) { return projection.name + ".relu"; }

void check_names(const Graph& graph, const std::vector<Projection>& projections) {
  std::set<std::string> taken;
  for (const Projection& projection : projections) {
    for (const std::string& name : {projection.name, relu_of(projection), projection.alias}) {
      if (graph.find_if_known(name) || !taken.insert(name).second) {
        throw UsageError(fmt::format("projections: a layer is called {} already", name));
      }
    }
  }
}

void append(Graph& graph, const Projection& projection, NodeId on, const Shape& shape) {
  if (shape.size() != 4) {
    throw UsageError(fmt::format("projections: {} has no positions", projection.on));
  }
  const NodeId map = graph.add(
      projection.name, Conv2d{.in = shape[1], .out = projection.width, .kernel = {1, 1}}, {on});
  graph.alias(projection.alias, graph.add(relu_of(projection), Relu{}, {map}));
}

}  // namespace

Graph with_projections(const Graph& graph, const std::vector<Projection>& projections) {
  if (projections.empty()) return graph;
  check_names(graph, projections);
  std::vector<NodeId> layers;
  for (const Projection& projection : projections) layers.push_back(graph.find(projection.on));
  const Input input = std::get<Input>(graph.node(0).op);
  const auto shapes = graph.shapes({1, input.channels, kSide, kSide});

  Graph result(input);
  std::vector<NodeId> places{0};
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    const Node& node = graph.node(id);
    if (id > 0) {
      std::vector<NodeId> inputs;
      for (const NodeId from : node.inputs) inputs.push_back(places[from]);
      places.push_back(result.add(node.name, node.op, std::move(inputs)));
      for (const std::string& alias : graph.aliases_of(id)) result.alias(alias, places[id]);
    }
    for (size_t i = 0; i < projections.size(); ++i) {
      if (layers[i] == id) append(result, projections[i], places[id], shapes[id]);
    }
  }
  return result;
}

}  // namespace strata::nn

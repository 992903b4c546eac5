#pragma once

#include "nn/graph.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::nn {

/// A 1x1 convolution and a ReLU on the output of a layer, beside the network's own way: distilled
/// networks come with such maps to the channels of their teacher. Parameters NAME.weight and
/// NAME.bias; the ReLU is the layer NAME.relu.
struct Projection {
  std::string name;
  std::string on;     ///< a layer by any of its names
  int64_t width = 0;  ///< channels
  std::string alias;  ///< what people call the ReLU
  bool operator==(const Projection&) const = default;
};

/// `graph` with the projections, each right behind its layer. Throws UsageError for a layer that is
/// not there, with the nearest, for one that has no positions, and for names that are taken.
Graph with_projections(const Graph& graph, const std::vector<Projection>& projections);

}  // namespace strata::nn

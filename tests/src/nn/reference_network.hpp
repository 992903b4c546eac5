#pragma once

#include "nn/graph.hpp"
#include "nn/parameters.hpp"

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::nn {

// What the op table and the plans are compared with: the same networks through ATen's
// differentiable functions, node by node, each written a second time.

at::Tensor reference_forward(const Op& op,
                             const std::vector<at::Tensor>& inputs,
                             const std::vector<at::Tensor>& parameters);

std::vector<at::Tensor> parameters_of_node(const Graph& graph, NodeId id, const ParameterSet& set);

/// The value of every node.
std::vector<at::Tensor> reference_run(const Graph& graph,
                                      const ParameterSet& set,
                                      const at::Tensor& input);

/// Normal float64 parameters, scaled so that activations keep their size; variances are positive.
ParameterSet some_parameters(const Graph& graph, uint64_t seed);

struct RandomGraphOptions {
  int blocks = 5;
  bool classifier = true;  ///< may end in adaptive pooling, flatten, dropout and linear
  bool circular = true;    ///< may have circular fills
  bool square = false;     ///< kernels and paddings are the same on both axes
};
/// A random network with branches that takes 3 channels; pictures of 24 pixels and more go through.
Graph random_graph(uint64_t seed, const RandomGraphOptions& options = {});

}  // namespace strata::nn

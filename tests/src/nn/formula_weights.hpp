#pragma once

#include "nn/graph.hpp"
#include "nn/parameters.hpp"

#include <string>

#include <ATen/core/Tensor.h>

namespace strata::nn {

// The weights of tests/golden/torchvision_networks.py: integer hashes of a tensor's name and the
// place in it, so that both sides compute the same numbers to the last bit.

/// In [-1, 1), float64.
at::Tensor formula_uniform(const std::string& name, int64_t count);
at::Tensor formula_weight(const std::string& name, const Shape& shape);
ParameterSet formula_parameters(const Graph& graph);

}  // namespace strata::nn

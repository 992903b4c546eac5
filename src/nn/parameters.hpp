#pragma once

#include "nn/graph.hpp"
#include "weights/state_dict.hpp"

#include <cstdint>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::nn {

/// A graph's parameters and buffers by full name, on the CPU, in the precision of their file.
struct ParameterSet {
  std::map<std::string, at::Tensor> tensors;
  /// What tells this set from all others in records: SHA-256 of the weights file, or
  /// "random:SEED:" with the SHA-256 of the graph's signature.
  std::string identity;
  std::string source;  ///< the file as the user gave it, or "random, seed 0"

  /// A name that is not there is a Fault.
  const at::Tensor& at(const std::string& name) const;
  /// SHA-256 over names, shapes and bytes of the buffers (running statistics) only: proof that they
  /// did not move.
  std::string buffers_hash() const;
};

/// Parameters of `graph` out of `file`, matched by name. `known` is the uncut network: what it has
/// and `graph` has not is allowed and left out. One InputError lists all that is missing,
/// unexpected, misshapen and refused (the first few of each, and how many). Integer tensors where
/// floats are needed are misshapen; half and bfloat16 are kept as they are.
ParameterSet load_parameters(const Graph& graph,
                             const Graph& known,
                             const weights::StateDict& file);

/// He-normal weights (He et al. 2015: variance 2 / fan-in), zero biases, identity batch norm, in
/// float32. The same on every platform for one seed; a node's values depend on its name and shape
/// alone. `known` is the uncut network, which the identity is made of.
ParameterSet random_parameters(const Graph& graph, const Graph& known, uint64_t seed);

bool all_finite(const at::Tensor& tensor);

}  // namespace strata::nn

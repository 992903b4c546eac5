#pragma once

#include "nn/fused_convolution.hpp"
#include "nn/graph.hpp"
#include "nn/op_table.hpp"
#include "nn/parameters.hpp"
#include "nn/plan.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::nn {

/// One call of a plan: a node, or a convolution with the batch norm and the ReLU behind it.
struct Step {
  std::string name;  ///< of the last node in it, whose value the step computes
  Op op;
  bool relu = false;           ///< a convolution only: its output is rectified
  std::vector<size_t> inputs;  ///< steps
  std::vector<at::Tensor> parameters;
  size_t last_use = 0;  ///< the last step that reads its value; its own place where none does
};

/// A graph made ready for a policy, as deep as its taps, in the order of computation. Step 0 is the
/// input.
struct Program {
  Graph graph;  ///< cut to the taps
  Policy policy;
  std::optional<FusedConvolution> fused;
  std::vector<Step> steps;
  std::vector<size_t> tap_steps;  ///< tap -> step
};

/// Folds batch norm into the convolution before it, W' = W s, b' = (b - mean) s + beta with
/// s = gamma / sqrt(var + epsilon), in float64, and joins convolution and ReLU; neither where a
/// tap or a second consumer reads what lies between. Converts the parameters to the policy.
Program lower(const Graph& graph,
              const ParameterSet& parameters,
              const std::vector<NodeId>& taps,
              const Policy& policy);

/// `t` in the policy's device, precision and layout: `t` itself where it is so already.
at::Tensor converted(const at::Tensor& t, const Policy& policy);

/// The step's value; `saved`, where not null, is filled for step_backward.
at::Tensor step_forward(const Program& program,
                        const Step& step,
                        const std::vector<at::Tensor>& inputs,
                        Saved* saved);
/// dL/dinput for every input of the step.
std::vector<at::Tensor> step_backward(const Step& step,
                                      const at::Tensor& output_gradient,
                                      const Saved& saved);

}  // namespace strata::nn

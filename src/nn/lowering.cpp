#include "nn/lowering.hpp"

#include "base/error.hpp"
#include "nn/op_convolution.hpp"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

std::vector<at::Tensor> parameters_of(const Graph& graph, NodeId id, const ParameterSet& set) {
  std::vector<at::Tensor> list;
  for (const auto& [name, shape] : graph.parameters_of(id)) {
    const auto found = set.tensors.find(name);
    STRATA_CHECK(found != set.tensors.end(), "a plan without the parameter " + name);
    STRATA_CHECK(found->second.sizes().vec() == shape, "a plan with a misshapen " + name);
    list.push_back(found->second.detach());
  }
  return list;
}

/// Turns the convolution of `step` into the one with `norm` behind it.
void fold(Step& step, const BatchNorm2d& norm, const std::vector<at::Tensor>& norm_parameters) {
  std::vector<at::Tensor> n;
  for (const at::Tensor& parameter : norm_parameters) n.push_back(parameter.to(at::kDouble));
  const at::Tensor scale = n[0] * at::rsqrt(n[3] + norm.epsilon);
  auto& convolution = std::get<Conv2d>(step.op);
  const at::Tensor bias =
      convolution.bias ? step.parameters[1].to(at::kDouble) : at::zeros_like(n[2]);
  step.parameters = {step.parameters[0].to(at::kDouble) * scale.view({-1, 1, 1, 1}),
                     (bias - n[2]) * scale + n[1]};
  convolution.bias = true;
}

/// Statistics span too many magnitudes for a short mantissa, and batch norm computes in fp32
/// anyway.
Policy parameter_policy(const Op& op, Policy policy) {
  if (std::holds_alternative<BatchNorm2d>(op) && policy.precision != at::kDouble) {
    policy.precision = at::kFloat;
  }
  return policy;
}

/// Lowers node by node, joining a node with the step before it where it may.
class Lowering {
 public:
  Lowering(Program& program, const ParameterSet& parameters, const std::vector<NodeId>& taps)
      : program_(program), parameters_(parameters), readers_(program.graph.nodes().size(), 0) {
    // A tap reads its node too.
    for (const NodeId tap : taps) ++readers_[tap];
    for (const Node& node : program.graph.nodes()) {
      for (const NodeId input : node.inputs) ++readers_[input];
    }
  }

  /// The step that computes each node.
  std::vector<size_t> run() {
    for (NodeId id = 0; id < program_.graph.nodes().size(); ++id) {
      const Node& node = program_.graph.node(id);
      if (!joined(node, id)) append(node, id);
    }
    return step_of_;
  }

 private:
  bool joined(const Node& node, NodeId id) {
    const auto* norm = std::get_if<BatchNorm2d>(&node.op);
    const bool relu = std::holds_alternative<Relu>(node.op);
    if (norm == nullptr && !relu) return false;
    const NodeId before = node.inputs.front();
    Step& step = program_.steps[step_of_[before]];
    if (readers_[before] != 1 || step.relu || !std::holds_alternative<Conv2d>(step.op)) {
      return false;
    }
    if (norm != nullptr) {
      fold(step, *norm, parameters_of(program_.graph, id, parameters_));
    } else {
      step.relu = true;
    }
    step.name = node.name;
    step_of_.push_back(step_of_[before]);
    return true;
  }

  void append(const Node& node, NodeId id) {
    Step step{.name = node.name,
              .op = node.op,
              .inputs = {},
              .parameters = parameters_of(program_.graph, id, parameters_)};
    for (const NodeId input : node.inputs) step.inputs.push_back(step_of_[input]);
    step_of_.push_back(program_.steps.size());
    program_.steps.push_back(std::move(step));
  }

  Program& program_;
  const ParameterSet& parameters_;
  std::vector<size_t> readers_;
  std::vector<size_t> step_of_;
};

}  // namespace

Program lower(const Graph& graph,
              const ParameterSet& parameters,
              const std::vector<NodeId>& taps,
              const Policy& policy) {
  STRATA_CHECK(!taps.empty(), "a plan without taps");
  Program program{.graph = graph.cut(taps),
                  .policy = policy,
                  .fused = FusedConvolution::find(policy),
                  .steps = {},
                  .tap_steps = {}};
  std::vector<NodeId> cut_taps;
  for (const NodeId tap : taps) cut_taps.push_back(program.graph.find(graph.node(tap).name));
  const std::vector<size_t> step_of = Lowering(program, parameters, cut_taps).run();
  for (const NodeId tap : cut_taps) program.tap_steps.push_back(step_of[tap]);

  for (size_t i = 0; i < program.steps.size(); ++i) {
    Step& step = program.steps[i];
    step.last_use = i;
    for (const size_t input : step.inputs) program.steps[input].last_use = i;
    for (at::Tensor& parameter : step.parameters) {
      parameter = converted(parameter, parameter_policy(step.op, policy));
    }
  }
  return program;
}

at::Tensor converted(const at::Tensor& t, const Policy& policy) {
  const auto format = t.dim() == 4 && policy.channels_last ? at::MemoryFormat::ChannelsLast
                                                           : at::MemoryFormat::Contiguous;
  return t.to(policy.device, policy.precision).contiguous(format);
}

at::Tensor step_forward(const Program& program,
                        const Step& step,
                        const std::vector<at::Tensor>& inputs,
                        Saved* saved) {
  if (!step.relu) return op_info(step.op).forward(step.op, inputs, step.parameters, saved);
  const auto& convolution = std::get<Conv2d>(step.op);
  at::Tensor output;
  if (program.fused) {
    if (saved != nullptr) saved->input_shapes = {inputs[0].sizes().vec()};
    Conv2d unpadded = convolution;
    unpadded.padding = zero_padding(convolution);
    output = (*program.fused)(unpadded, filled(convolution, inputs[0]), step.parameters[0],
                              convolution.bias ? step.parameters[1] : at::Tensor(), true);
  } else {
    // Nobody else has seen the convolution's output, so it may be overwritten.
    output = op_info(step.op).forward(step.op, inputs, step.parameters, saved).relu_();
  }
  if (saved != nullptr) saved->output = output;
  return output;
}

std::vector<at::Tensor> step_backward(const Step& step,
                                      const at::Tensor& output_gradient,
                                      const Saved& saved) {
  const at::Tensor gradient =
      step.relu ? at::threshold_backward(output_gradient, saved.output, 0) : output_gradient;
  return op_info(step.op).backward(step.op, gradient, step.parameters, saved);
}

}  // namespace strata::nn

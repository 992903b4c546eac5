#include "nn/training_plan.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "nn/lowering.hpp"
#include "nn/op_table.hpp"

#include <algorithm>
#include <set>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

namespace strata::nn {
namespace {

constexpr double kMomentum = 0.1;

/// Inverted dropout (Srivastava et al. 2014): positions are kept with probability 1 - p and scaled
/// by its inverse. Drawn on the CPU, so that one seed means the same on every device.
at::Tensor dropped(const at::Tensor& input, double probability, uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const at::Tensor kept =
      at::empty(input.sizes(), at::kFloat).bernoulli_(1.0 - probability, generator);
  return input * kept.div_(1.0 - probability).to(input.options());
}

at::ScalarType master_type(at::ScalarType precision) {
  return precision == at::kDouble ? at::kDouble : at::kFloat;
}

}  // namespace

TrainingPlan::TrainingPlan(const Graph& graph,
                           const ParameterSet& parameters,
                           const std::vector<NodeId>& taps,
                           const std::vector<NodeId>& trained,
                           const TrainingOptions& options)
    : graph_(graph.cut(taps)), options_(options) {
  const c10::InferenceMode off(false);
  const c10::NoGradGuard no_grad;
  for (const NodeId tap : taps) taps_.push_back(graph_.find(graph.node(tap).name));
  std::set<std::string> wanted;
  for (const NodeId node : trained) wanted.insert(graph.node(node).name);

  Policy masters = options.policy;
  masters.precision = master_type(options.policy.precision);
  for (NodeId id = 0; id < graph_.nodes().size(); ++id) {
    names_.emplace_back();
    for (const auto& [name, shape] : graph_.parameters_of(id)) {
      STRATA_CHECK(parameters.at(name).sizes().vec() == shape, "a plan with a misshapen " + name);
      names_.back().push_back(name);
      at::Tensor copy = converted(parameters.at(name), masters).clone();
      const bool buffer = name.ends_with(".running_mean") || name.ends_with(".running_var");
      if (wanted.contains(graph_.node(id).name) && !buffer) {
        copy.requires_grad_(true);
        trained_.emplace(name, copy);
      }
      all_.emplace(name, std::move(copy));
    }
  }
  STRATA_CHECK(!trained_.empty(), "a training plan that trains nothing");
}

at::Tensor TrainingPlan::compute(const Node& node,
                                 const std::vector<at::Tensor>& inputs,
                                 const std::vector<std::string>& names,
                                 uint64_t seed) const {
  const auto precision = options_.policy.precision;
  if (const auto* dropout = std::get_if<Dropout>(&node.op)) {
    return dropped(inputs[0], dropout->probability, seed);
  }
  const auto* norm = std::get_if<BatchNorm2d>(&node.op);
  std::vector<at::Tensor> parameters;
  for (const std::string& name : names) {
    // Batch norm computes in float32 whatever its input has.
    parameters.push_back(norm ? all_.at(name) : all_.at(name).to(precision));
  }
  if (norm && options_.batch_statistics && trained_.contains(names.front())) {
    return at::batch_norm(inputs[0], parameters[0], parameters[1], parameters[2], parameters[3],
                          /*training=*/true, kMomentum, norm->epsilon, /*cudnn_enabled=*/true);
  }
  return op_info(node.op).forward(node.op, inputs, parameters, nullptr);
}

std::vector<at::Tensor> TrainingPlan::forward(const at::Tensor& input, uint64_t seed) {
  const c10::InferenceMode off(false);
  const c10::AutoGradMode grad(true);
  graph_.shapes(input.sizes().vec());
  std::vector<at::Tensor> values(graph_.nodes().size());
  for (NodeId id = 0; id < values.size(); ++id) {
    const Node& node = graph_.node(id);
    std::vector<at::Tensor> inputs;
    for (const NodeId from : node.inputs) inputs.push_back(values[from]);
    values[id] = id == 0 ? converted(input.detach(), options_.policy)
                         : compute(node, inputs, names_[id], seed + id);
  }
  std::vector<at::Tensor> features;
  for (const NodeId tap : taps_) features.push_back(values[tap]);
  return features;
}

std::map<std::string, at::Tensor> TrainingPlan::snapshot() const {
  std::map<std::string, at::Tensor> copies;
  for (const auto& [name, tensor] : all_) {
    copies[name] = tensor.detach().to(at::kCPU).contiguous().clone();
  }
  return copies;
}

void TrainingPlan::restore(const std::map<std::string, at::Tensor>& values) {
  const c10::NoGradGuard no_grad;
  for (const auto& [name, value] : values) {
    const auto found = all_.find(name);
    STRATA_CHECK(found != all_.end(), "no such parameter: " + name);
    STRATA_CHECK(found->second.sizes() == value.sizes(), "a misshapen " + name);
    found->second.copy_(value);
  }
}

std::vector<NodeId> trained_nodes(const Graph& graph, const std::vector<std::string>& ranges) {
  std::vector<bool> chosen(graph.nodes().size(), ranges.empty());
  for (const std::string& range : ranges) {
    if (range.ends_with("..")) {
      const NodeId first = graph.find(range.substr(0, range.size() - 2));
      std::fill(chosen.begin() + static_cast<std::ptrdiff_t>(first), chosen.end(), true);
    } else {
      for (const NodeId node : graph.select({range})) chosen[node] = true;
    }
  }
  std::vector<NodeId> nodes;
  for (NodeId id = 0; id < chosen.size(); ++id) {
    if (chosen[id] && !graph.parameters_of(id).empty()) nodes.push_back(id);
  }
  if (nodes.empty()) {
    throw UsageError("train: no layer with parameters among " + join(ranges));
  }
  return nodes;
}

}  // namespace strata::nn

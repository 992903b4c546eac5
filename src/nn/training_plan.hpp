#pragma once

#include "nn/graph.hpp"
#include "nn/parameters.hpp"
#include "nn/plan.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::nn {

struct TrainingOptions {
  /// Where and how activations are computed. Trained parameters are kept in float32 (float64 where
  /// that is the precision); with bfloat16 they are rounded at every use.
  Policy policy;
  /// Batch norm computes with the batch's own statistics and moves the running ones (momentum 0.1,
  /// as torch has it); otherwise it is frozen and its buffers never change. Only batch norms whose
  /// parameters are trained.
  bool batch_statistics = false;
};

/// A graph compiled for training some of its parameters, the others frozen: forwards under
/// autograd. Nothing that no trained parameter can reach is kept for the backward.
class TrainingPlan {
 public:
  /// `trained`: nodes whose parameters are trained; those without parameters are passed over. Taps
  /// are the graph's nodes. `parameters` is copied.
  TrainingPlan(const Graph& graph,
               const ParameterSet& parameters,
               const std::vector<NodeId>& taps,
               const std::vector<NodeId>& trained,
               const TrainingOptions& options);

  /// The taps' features of N x C x H x W pictures (preprocessed; converted to the policy). `seed`
  /// draws the dropped positions of dropout nodes: the same seed drops the same.
  std::vector<at::Tensor> forward(const at::Tensor& input, uint64_t seed);

  /// Trained parameters by full name: leaves that collect gradients. Optimisers change them in
  /// place.
  const std::map<std::string, at::Tensor>& trained() const { return trained_; }
  /// All parameters and buffers as they stand, copied, on the CPU.
  std::map<std::string, at::Tensor> snapshot() const;
  /// Copies values into parameters and buffers of these names; shapes must agree.
  void restore(const std::map<std::string, at::Tensor>& values);

 private:
  at::Tensor compute(const Node& node,
                     const std::vector<at::Tensor>& inputs,
                     const std::vector<std::string>& names,
                     uint64_t seed) const;

  Graph graph_;  ///< cut to the taps
  TrainingOptions options_;
  std::vector<NodeId> taps_;
  std::vector<std::vector<std::string>> names_;  ///< of each node's parameters
  std::map<std::string, at::Tensor> all_;        ///< on the device
  std::map<std::string, at::Tensor> trained_;    ///< share memory with those in `all_`
};

/// The nodes that a person means by "which parameters train": names and patterns as Graph::select
/// has them, and "NAME.." for that node and all behind it, in the order of the graph; empty: every
/// node. Nodes without parameters are left out. UsageError where nothing is left.
std::vector<NodeId> trained_nodes(const Graph& graph, const std::vector<std::string>& ranges);

}  // namespace strata::nn

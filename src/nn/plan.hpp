#pragma once

#include "nn/graph.hpp"
#include "nn/op_table.hpp"
#include "nn/parameters.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::nn {

/// How a plan computes. Precision is that of weights and activations.
struct Policy {
  at::Device device = at::Device(at::kCPU);
  at::ScalarType precision = at::kFloat;
  /// Channels-last activations; contiguous otherwise. Does not change results beyond rounding.
  bool channels_last = true;
};

/// A graph compiled for one purpose: features of some nodes, nothing backward. Runs under
/// c10::InferenceMode; stops at the deepest tap; frees an activation after its last use. Batch norm
/// is folded into the convolution before it and convolution + ReLU are fused where no tap lies
/// between them.
class InferencePlan {
 public:
  InferencePlan(const Graph& graph,
                const ParameterSet& parameters,
                std::vector<NodeId> taps,
                const Policy& policy);
  ~InferencePlan();
  InferencePlan(InferencePlan&&) noexcept;

  /// Calls `visit(i, features)` for each tap i, in order of computation, as soon as it is there.
  /// `input` is N x C x H x W, preprocessed; it is converted to the policy's device, precision and
  /// layout. The features are inference tensors and must not be changed (a clone may be).
  void run(const at::Tensor& input,
           const std::function<void(size_t tap, const at::Tensor& features)>& visit) const;
  std::vector<at::Tensor> run(const at::Tensor& input) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A graph compiled for gradients to the input, its weights frozen. No autograd: each op's backward
/// from the table.
class GradientPlan {
 public:
  GradientPlan(const Graph& graph,
               const ParameterSet& parameters,
               std::vector<NodeId> taps,
               const Policy& policy);
  ~GradientPlan();
  GradientPlan(GradientPlan&&) noexcept;

  /// What a forward leaves for its backward.
  class Pass {
   public:
    ~Pass();
    Pass(Pass&&) noexcept;
    /// The taps' features, in the order of `taps` given to the plan. Not to be changed.
    const std::vector<at::Tensor>& taps() const;

   private:
    friend class GradientPlan;
    Pass();
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  Pass forward(const at::Tensor& input) const;
  /// dL/dinput from dL/dtap for each tap (undefined tensors count as zero), in the precision of the
  /// plan. Uses the pass up: activations are freed on the way.
  at::Tensor backward(Pass&& pass, const std::vector<at::Tensor>& tap_gradients) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace strata::nn

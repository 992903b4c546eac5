#pragma once

#include "nn/op.hpp"
#include "nn/plan.hpp"

#include <memory>
#include <optional>

#include <ATen/core/Tensor.h>

namespace strata::nn {

/// Convolution, bias and ReLU in one oneDNN call, which saves a walk over the output. The call is
/// not part of ATen's headers; it is looked up by name, and any build of LibTorch may lack it.
class FusedConvolution {
 public:
  /// Absent where LibTorch has no such call, the processor cannot do it, or the policy is not
  /// channels-last fp32 or bf16 on the CPU.
  static std::optional<FusedConvolution> find(const Policy& policy);

  /// relu(weight * input + bias), or without the ReLU, for a convolution that pads with zeros.
  /// `bias` may be undefined.
  at::Tensor operator()(const Conv2d& convolution,
                        const at::Tensor& input,
                        const at::Tensor& weight,
                        const at::Tensor& bias,
                        bool relu) const;

 private:
  struct Kernel;
  explicit FusedConvolution(std::shared_ptr<const Kernel> kernel);
  std::shared_ptr<const Kernel> kernel_;
};

}  // namespace strata::nn

#include "nn/fused_convolution.hpp"

#include "nn/op_convolution.hpp"

#include <array>
#include <string_view>

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/ones.h>
#include <c10/core/InferenceMode.h>

namespace strata::nn {
namespace {

constexpr std::array<std::string_view, 10> kArguments = {
    "X", "W", "B", "padding", "stride", "dilation", "groups", "attr", "scalars", "algorithm"};

/// The call is private to LibTorch: another version may have given it other arguments.
bool has_expected_arguments(const c10::FunctionSchema& schema) {
  const auto& arguments = schema.arguments();
  if (arguments.size() != kArguments.size() || schema.returns().size() != 1) return false;
  for (size_t i = 0; i < kArguments.size(); ++i) {
    if (arguments[i].name() != kArguments[i]) return false;
  }
  return true;
}

c10::List<int64_t> list(const Pair& pair) { return {pair[0], pair[1]}; }

}  // namespace

struct FusedConvolution::Kernel {
  c10::OperatorHandle handle;
};

FusedConvolution::FusedConvolution(std::shared_ptr<const Kernel> kernel)
    : kernel_(std::move(kernel)) {}

std::optional<FusedConvolution> FusedConvolution::find(const Policy& policy) {
  if (!policy.device.is_cpu() || !policy.channels_last) return std::nullopt;
  if (policy.precision != at::kFloat && policy.precision != at::kBFloat16) return std::nullopt;
  if (!at::globalContext().hasMKLDNN() || !at::globalContext().userEnabledMkldnn()) {
    return std::nullopt;
  }
  const auto handle =
      c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""});
  if (!handle || !has_expected_arguments(handle->schema())) return std::nullopt;

  // bf16 needs instructions not every processor has, and only LibTorch knows which: ask by trying.
  const FusedConvolution fused(std::make_shared<Kernel>(Kernel{*handle}));
  try {
    const c10::InferenceMode guard;
    const auto options = at::TensorOptions().dtype(policy.precision);
    const at::Tensor input =
        at::ones({1, 1, 1, 2}, options.memory_format(at::MemoryFormat::ChannelsLast));
    const at::Tensor sum = fused({.in = 1, .out = 1, .kernel = {1, 2}}, input,
                                 at::ones({1, 1, 1, 2}, options), at::ones({1}, options), true);
    if (sum.numel() != 1 || sum.item<double>() != 3.0) return std::nullopt;
  } catch (const c10::Error&) {
    return std::nullopt;
  }
  return fused;
}

at::Tensor FusedConvolution::operator()(const Conv2d& convolution,
                                        const at::Tensor& input,
                                        const at::Tensor& weight,
                                        const at::Tensor& bias,
                                        bool relu) const {
  torch::jit::Stack stack;
  stack.reserve(kArguments.size());
  stack.emplace_back(input);
  stack.emplace_back(weight);
  stack.push_back(bias.defined() ? c10::IValue(bias) : c10::IValue());
  stack.emplace_back(list(convolution.padding));
  stack.emplace_back(list(convolution.stride));
  stack.emplace_back(list(convolution.dilation));
  stack.emplace_back(convolution.groups);
  stack.emplace_back(relu ? "relu" : "none");
  stack.emplace_back(c10::List<std::optional<at::Scalar>>());
  stack.emplace_back();
  kernel_->handle.callBoxed(stack);
  return stack.front().toTensor();
}

}  // namespace strata::nn

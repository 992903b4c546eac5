#include "base/error.hpp"
#include "base/text.hpp"
#include "nn/op_rows.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/threshold_backward.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

at::Tensor relu_forward(const Op& /*op*/,
                        std::span<const at::Tensor> inputs,
                        std::span<const at::Tensor> /*parameters*/,
                        Saved* saved) {
  at::Tensor output = at::relu(inputs[0]);
  if (saved != nullptr) saved->output = output;
  return output;
}

std::vector<at::Tensor> relu_backward(const Op& /*op*/,
                                      const at::Tensor& output_gradient,
                                      std::span<const at::Tensor> /*parameters*/,
                                      const Saved& saved) {
  return {at::threshold_backward(output_gradient, saved.output, 0)};
}

Cost relu_cost(const Op& /*op*/,
               std::span<const Shape> /*inputs*/,
               const Shape& output,
               int element_bytes) {
  return {.saved_bytes = count(output) * element_bytes};
}

at::Tensor norm_forward(const Op& op,
                        std::span<const at::Tensor> inputs,
                        std::span<const at::Tensor> parameters,
                        Saved* /*saved*/) {
  return at::batch_norm(inputs[0], parameters[0], parameters[1], parameters[2], parameters[3],
                        /*training=*/false, /*momentum=*/0.0, std::get<BatchNorm2d>(op).epsilon,
                        /*cudnn_enabled=*/true);
}

std::vector<at::Tensor> norm_backward(const Op& op,
                                      const at::Tensor& output_gradient,
                                      std::span<const at::Tensor> parameters,
                                      const Saved& /*saved*/) {
  // The statistics are stored ones and do not depend on the input: what is left is a scale.
  const at::Tensor scale =
      parameters[0] * at::rsqrt(parameters[3] + std::get<BatchNorm2d>(op).epsilon);
  return {output_gradient * scale.view({1, -1, 1, 1}).to(output_gradient.scalar_type())};
}

Shape norm_shape(const Op& op, std::span<const Shape> inputs) {
  plane(inputs[0]);
  const int64_t channels = std::get<BatchNorm2d>(op).channels;
  STRATA_CHECK(inputs[0][1] == channels,
               fmt::format("{} channels where {} are needed", inputs[0][1], channels));
  return inputs[0];
}

Cost norm_cost(const Op& /*op*/,
               std::span<const Shape> /*inputs*/,
               const Shape& output,
               int /*element_bytes*/) {
  return {.multiply_adds = count(output)};
}

std::vector<std::pair<std::string, Shape>> norm_parameters(const Op& op) {
  const Shape shape = {std::get<BatchNorm2d>(op).channels};
  return {{"weight", shape}, {"bias", shape}, {"running_mean", shape}, {"running_var", shape}};
}

std::string norm_attributes(const Op& op) {
  const auto& norm = std::get<BatchNorm2d>(op);
  return fmt::format("channels={} epsilon={}", norm.channels, shortest(norm.epsilon));
}

at::Tensor add_forward(const Op& /*op*/,
                       std::span<const at::Tensor> inputs,
                       std::span<const at::Tensor> /*parameters*/,
                       Saved* saved) {
  // The number of inputs is what the backward has to know.
  if (saved != nullptr) saved->input_shapes.assign(inputs.size(), inputs[0].sizes().vec());
  at::Tensor sum = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) sum = i == 1 ? sum + inputs[i] : sum.add_(inputs[i]);
  return sum;
}

std::vector<at::Tensor> add_backward(const Op& /*op*/,
                                     const at::Tensor& output_gradient,
                                     std::span<const at::Tensor> /*parameters*/,
                                     const Saved& saved) {
  return std::vector<at::Tensor>(saved.input_shapes.size(), output_gradient);
}

Shape add_shape(const Op& /*op*/, std::span<const Shape> inputs) {
  for (const Shape& shape : inputs) {
    STRATA_CHECK(shape == inputs[0], "the branches of a sum have different shapes");
  }
  return inputs[0];
}

at::Tensor dropout_forward(const Op& /*op*/,
                           std::span<const at::Tensor> inputs,
                           std::span<const at::Tensor> /*parameters*/,
                           Saved* /*saved*/) {
  return inputs[0];
}

std::vector<at::Tensor> dropout_backward(const Op& /*op*/,
                                         const at::Tensor& output_gradient,
                                         std::span<const at::Tensor> /*parameters*/,
                                         const Saved& /*saved*/) {
  return {output_gradient};
}

}  // namespace

OpInfo relu_row() {
  return {.name = "relu",
          .arity = 1,
          .forward = relu_forward,
          .backward = relu_backward,
          .shape = same_shape,
          .field = point_field,
          .cost = relu_cost,
          .parameters = no_parameters,
          .attributes = no_attributes};
}

OpInfo batch_norm_row() {
  return {.name = "batch_norm2d",
          .arity = 1,
          .forward = norm_forward,
          .backward = norm_backward,
          .shape = norm_shape,
          .field = point_field,
          .cost = norm_cost,
          .parameters = norm_parameters,
          .attributes = norm_attributes};
}

OpInfo add_row() {
  return {.name = "add",
          .arity = std::nullopt,
          .forward = add_forward,
          .backward = add_backward,
          .shape = add_shape,
          .field = point_field,
          .cost = no_cost,
          .parameters = no_parameters,
          .attributes = no_attributes};
}

OpInfo dropout_row() {
  // The probability does not matter outside training, so it is no part of the signature.
  return {.name = "dropout",
          .arity = 1,
          .forward = dropout_forward,
          .backward = dropout_backward,
          .shape = same_shape,
          .field = point_field,
          .cost = no_cost,
          .parameters = no_parameters,
          .attributes = no_attributes};
}

}  // namespace strata::nn

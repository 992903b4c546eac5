#include "base/error.hpp"
#include "nn/op_rows.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

// Input: its one input is the picture.

at::Tensor input_forward(const Op& /*op*/,
                         std::span<const at::Tensor> inputs,
                         std::span<const at::Tensor> /*parameters*/,
                         Saved* /*saved*/) {
  return inputs[0];
}

std::vector<at::Tensor> input_backward(const Op& /*op*/,
                                       const at::Tensor& output_gradient,
                                       std::span<const at::Tensor> /*parameters*/,
                                       const Saved& /*saved*/) {
  return {output_gradient};
}

Shape input_shape(const Op& op, std::span<const Shape> inputs) {
  const Shape& shape = inputs[0];
  const int64_t channels = std::get<Input>(op).channels;
  STRATA_CHECK(shape.size() == 4, "pictures come as N x C x H x W");
  if (shape[1] != channels) {
    throw InputError(fmt::format("{} channels where {} are needed", shape[1], channels));
  }
  if (shape[0] < 1 || shape[2] < 1 || shape[3] < 1) {
    throw InputError(
        fmt::format("{} pictures of {}: nothing to compute", shape[0], text({shape[2], shape[3]})));
  }
  return shape;
}

std::string input_attributes(const Op& op) {
  return fmt::format("channels={}", std::get<Input>(op).channels);
}

// Concat

at::Tensor concat_forward(const Op& /*op*/,
                          std::span<const at::Tensor> inputs,
                          std::span<const at::Tensor> /*parameters*/,
                          Saved* saved) {
  if (saved != nullptr) {
    for (const at::Tensor& input : inputs) saved->input_shapes.push_back(input.sizes().vec());
  }
  return at::cat(at::TensorList(inputs.data(), inputs.size()), 1);
}

std::vector<at::Tensor> concat_backward(const Op& /*op*/,
                                        const at::Tensor& output_gradient,
                                        std::span<const at::Tensor> /*parameters*/,
                                        const Saved& saved) {
  std::vector<at::Tensor> gradients;
  int64_t begin = 0;
  for (const Shape& shape : saved.input_shapes) {
    gradients.push_back(output_gradient.narrow(1, begin, shape[1])
                            .contiguous(output_gradient.suggest_memory_format()));
    begin += shape[1];
  }
  return gradients;
}

Shape concat_shape(const Op& /*op*/, std::span<const Shape> inputs) {
  Shape joined = inputs[0];
  joined[1] = 0;
  for (const Shape& shape : inputs) {
    STRATA_CHECK(plane(shape) == plane(inputs[0]) && shape[0] == joined[0],
                 "the branches side by side have different sizes");
    joined[1] += shape[1];
  }
  return joined;
}

// Flatten

at::Tensor flatten_forward(const Op& /*op*/,
                           std::span<const at::Tensor> inputs,
                           std::span<const at::Tensor> /*parameters*/,
                           Saved* saved) {
  if (saved != nullptr) saved->input_shapes = {inputs[0].sizes().vec()};
  return inputs[0].flatten(1);
}

std::vector<at::Tensor> flatten_backward(const Op& /*op*/,
                                         const at::Tensor& output_gradient,
                                         std::span<const at::Tensor> /*parameters*/,
                                         const Saved& saved) {
  return {output_gradient.reshape(saved.input_shapes[0])};
}

Shape flatten_shape(const Op& /*op*/, std::span<const Shape> inputs) {
  Shape shape = {inputs[0][0], 1};
  for (size_t i = 1; i < inputs[0].size(); ++i) shape[1] *= inputs[0][i];
  return shape;
}

// Linear

at::Tensor linear_forward(const Op& op,
                          std::span<const at::Tensor> inputs,
                          std::span<const at::Tensor> parameters,
                          Saved* /*saved*/) {
  return at::linear(inputs[0], parameters[0],
                    std::get<Linear>(op).bias ? parameters[1] : at::Tensor());
}

std::vector<at::Tensor> linear_backward(const Op& /*op*/,
                                        const at::Tensor& output_gradient,
                                        std::span<const at::Tensor> parameters,
                                        const Saved& /*saved*/) {
  return {at::matmul(output_gradient, parameters[0])};
}

Shape linear_shape(const Op& op, std::span<const Shape> inputs) {
  const auto& linear = std::get<Linear>(op);
  Shape shape = inputs[0];
  if (shape.back() != linear.in) {
    throw InputError(fmt::format("{} features where {} are needed", shape.back(), linear.in));
  }
  shape.back() = linear.out;
  return shape;
}

Cost linear_cost(const Op& op,
                 std::span<const Shape> /*inputs*/,
                 const Shape& output,
                 int /*element_bytes*/) {
  return {.multiply_adds = count(output) * static_cast<double>(std::get<Linear>(op).in)};
}

std::vector<std::pair<std::string, Shape>> linear_parameters(const Op& op) {
  const auto& linear = std::get<Linear>(op);
  std::vector<std::pair<std::string, Shape>> list = {{"weight", {linear.out, linear.in}}};
  if (linear.bias) list.push_back({"bias", {linear.out}});
  return list;
}

std::string linear_attributes(const Op& op) {
  const auto& linear = std::get<Linear>(op);
  return fmt::format("in={} out={} bias={}", linear.in, linear.out, linear.bias);
}

// ShortcutA

/// The positions and channels of `output` that the input's own values went to.
at::Tensor kept_channels(const ShortcutA& s, const at::Tensor& output) {
  return output.narrow(1, s.before, output.size(1) - s.before - s.after);
}

at::Tensor every_stride(const ShortcutA& s, const at::Tensor& t) {
  return t.slice(2, 0, std::nullopt, s.stride).slice(3, 0, std::nullopt, s.stride);
}

Shape shortcut_shape(const Op& op, std::span<const Shape> inputs) {
  const auto& s = std::get<ShortcutA>(op);
  const Pair size = plane(inputs[0]);
  const auto kept = [&](int64_t n) { return (n + s.stride - 1) / s.stride; };
  return {inputs[0][0], s.before + inputs[0][1] + s.after, kept(size[0]), kept(size[1])};
}

at::Tensor shortcut_forward(const Op& op,
                            std::span<const at::Tensor> inputs,
                            std::span<const at::Tensor> /*parameters*/,
                            Saved* saved) {
  const auto& s = std::get<ShortcutA>(op);
  const Shape shape = inputs[0].sizes().vec();
  if (saved != nullptr) saved->input_shapes = {shape};
  at::Tensor output = unset(shortcut_shape(op, std::span(&shape, 1)), inputs[0]).zero_();
  kept_channels(s, output).copy_(every_stride(s, inputs[0]));
  return output;
}

std::vector<at::Tensor> shortcut_backward(const Op& op,
                                          const at::Tensor& output_gradient,
                                          std::span<const at::Tensor> /*parameters*/,
                                          const Saved& saved) {
  const auto& s = std::get<ShortcutA>(op);
  at::Tensor gradient = unset(saved.input_shapes[0], output_gradient).zero_();
  every_stride(s, gradient).copy_(kept_channels(s, output_gradient));
  return {gradient};
}

ReceptiveField shortcut_field(const Op& op) {
  return {.size = 1, .stride = std::get<ShortcutA>(op).stride, .offset = 0};
}

std::string shortcut_attributes(const Op& op) {
  const auto& s = std::get<ShortcutA>(op);
  return fmt::format("stride={} before={} after={}", s.stride, s.before, s.after);
}

}  // namespace

OpInfo input_row() {
  return {.name = "input",
          .arity = 0,
          .forward = input_forward,
          .backward = input_backward,
          .shape = input_shape,
          .field = point_field,
          .cost = no_cost,
          .parameters = no_parameters,
          .attributes = input_attributes};
}

OpInfo concat_row() {
  return {.name = "concat",
          .arity = std::nullopt,
          .forward = concat_forward,
          .backward = concat_backward,
          .shape = concat_shape,
          .field = point_field,
          .cost = no_cost,
          .parameters = no_parameters,
          .attributes = no_attributes};
}

OpInfo flatten_row() {
  return {.name = "flatten",
          .arity = 1,
          .forward = flatten_forward,
          .backward = flatten_backward,
          .shape = flatten_shape,
          .field = whole_field,
          .cost = no_cost,
          .parameters = no_parameters,
          .attributes = no_attributes};
}

OpInfo linear_row() {
  return {.name = "linear",
          .arity = 1,
          .forward = linear_forward,
          .backward = linear_backward,
          .shape = linear_shape,
          .field = whole_field,
          .cost = linear_cost,
          .parameters = linear_parameters,
          .attributes = linear_attributes};
}

OpInfo shortcut_row() {
  return {.name = "shortcut_a",
          .arity = 1,
          .forward = shortcut_forward,
          .backward = shortcut_backward,
          .shape = shortcut_shape,
          .field = shortcut_field,
          .cost = no_cost,
          .parameters = no_parameters,
          .attributes = shortcut_attributes};
}

}  // namespace strata::nn

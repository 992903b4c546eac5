#include "nn/op_convolution.hpp"

#include "base/error.hpp"
#include "nn/op_rows.hpp"

#include <tuple>

#include <ATen/core/List.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/pad.h>
#include <ATen/ops/reflection_pad2d_backward.h>
#include <ATen/ops/replication_pad2d_backward.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

/// What is left of one axis of the gradient of a circular fill: the borders are added to the
/// opposite sides they were copied from.
at::Tensor unwrap(const at::Tensor& gradient, int64_t axis, int64_t padding) {
  if (padding == 0) return gradient;
  const int64_t size = gradient.size(axis) - 2 * padding;
  at::Tensor inner = gradient.narrow(axis, padding, size).clone(gradient.suggest_memory_format());
  inner.narrow(axis, size - padding, padding).add_(gradient.narrow(axis, 0, padding));
  inner.narrow(axis, 0, padding).add_(gradient.narrow(axis, padding + size, padding));
  return inner;
}

const char* fill_name(Padding fill) {
  switch (fill) {
    case Padding::zeros:
      return "zeros";
    case Padding::reflect:
      return "reflect";
    case Padding::replicate:
      return "replicate";
    case Padding::circular:
      return "circular";
  }
  return "";
}

at::Tensor forward(const Op& op,
                   std::span<const at::Tensor> inputs,
                   std::span<const at::Tensor> parameters,
                   Saved* saved) {
  const auto& c = std::get<Conv2d>(op);
  if (saved != nullptr) saved->input_shapes = {inputs[0].sizes().vec()};
  const std::optional<at::Tensor> bias =
      c.bias ? std::optional<at::Tensor>(parameters[1]) : std::nullopt;
  return at::convolution(filled(c, inputs[0]), parameters[0], bias, c.stride, zero_padding(c),
                         c.dilation, /*transposed=*/false, {0, 0}, c.groups);
}

std::vector<at::Tensor> backward(const Op& op,
                                 const at::Tensor& output_gradient,
                                 std::span<const at::Tensor> parameters,
                                 const Saved& saved) {
  const auto& c = std::get<Conv2d>(op);
  Shape shape = saved.input_shapes[0];
  if (needs_fill(c)) {
    shape[2] += 2 * c.padding[0];
    shape[3] += 2 * c.padding[1];
  }
  const at::Tensor gradient = std::get<0>(at::convolution_backward(
      output_gradient, unset(shape, output_gradient), parameters[0], std::nullopt, c.stride,
      zero_padding(c), c.dilation, /*transposed=*/false, {0, 0}, c.groups, {true, false, false}));
  return {filled_backward(c, gradient, saved.input_shapes[0])};
}

Shape shape(const Op& op, std::span<const Shape> inputs) {
  const auto& c = std::get<Conv2d>(op);
  const Pair size = plane(inputs[0]);
  STRATA_CHECK(inputs[0][1] == c.in,
               fmt::format("{} channels where {} are needed", inputs[0][1], c.in));
  for (size_t axis = 0; axis < 2; ++axis) {
    const bool fits = c.fill == Padding::reflect    ? c.padding[axis] < size[axis]
                      : c.fill == Padding::circular ? c.padding[axis] <= size[axis]
                                                    : true;
    if (!fits) {
      throw InputError(fmt::format("{} is too small to be padded by {} ({})", text(size),
                                   text(c.padding), fill_name(c.fill)));
    }
  }
  const Pair out = window_count(size, c.kernel, c.stride, c.padding, c.dilation, /*ceil=*/false);
  return {inputs[0][0], c.out, out[0], out[1]};
}

ReceptiveField field(const Op& op) {
  const auto& c = std::get<Conv2d>(op);
  return window_field(c.kernel, c.stride, c.padding, c.dilation);
}

Cost cost(const Op& op,
          std::span<const Shape> /*inputs*/,
          const Shape& output,
          int /*element_bytes*/) {
  const auto& c = std::get<Conv2d>(op);
  const double products = static_cast<double>(c.in / c.groups * c.kernel[0] * c.kernel[1]);
  return {.multiply_adds = count(output) * products};
}

std::vector<std::pair<std::string, Shape>> parameters(const Op& op) {
  const auto& c = std::get<Conv2d>(op);
  std::vector<std::pair<std::string, Shape>> list = {
      {"weight", {c.out, c.in / c.groups, c.kernel[0], c.kernel[1]}}};
  if (c.bias) list.push_back({"bias", {c.out}});
  return list;
}

std::string attributes(const Op& op) {
  const auto& c = std::get<Conv2d>(op);
  return fmt::format("in={} out={} kernel={} stride={} padding={} dilation={} groups={} bias={} {}",
                     c.in, c.out, text(c.kernel), text(c.stride), text(c.padding), text(c.dilation),
                     c.groups, c.bias, fill_name(c.fill));
}

}  // namespace

bool needs_fill(const Conv2d& c) {
  return c.fill != Padding::zeros && (c.padding[0] > 0 || c.padding[1] > 0);
}

Pair zero_padding(const Conv2d& c) { return needs_fill(c) ? Pair{0, 0} : c.padding; }

at::Tensor filled(const Conv2d& c, const at::Tensor& input) {
  if (!needs_fill(c)) return input;
  const std::array<int64_t, 4> sides = {c.padding[1], c.padding[1], c.padding[0], c.padding[0]};
  return at::pad(input, sides, fill_name(c.fill)).contiguous(input.suggest_memory_format());
}

at::Tensor filled_backward(const Conv2d& c, const at::Tensor& gradient, const Shape& input_shape) {
  if (!needs_fill(c)) return gradient;
  const std::array<int64_t, 4> sides = {c.padding[1], c.padding[1], c.padding[0], c.padding[0]};
  if (c.fill == Padding::reflect) {
    return at::reflection_pad2d_backward(gradient, unset(input_shape, gradient), sides);
  }
  if (c.fill == Padding::replicate) {
    return at::replication_pad2d_backward(gradient, unset(input_shape, gradient), sides);
  }
  return unwrap(unwrap(gradient, 2, c.padding[0]), 3, c.padding[1]);
}

OpInfo convolution_row() {
  return {.name = "conv2d",
          .arity = 1,
          .forward = forward,
          .backward = backward,
          .shape = shape,
          .field = field,
          .cost = cost,
          .parameters = parameters,
          .attributes = attributes};
}

}  // namespace strata::nn

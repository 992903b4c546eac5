#include "base/error.hpp"
#include "base/text.hpp"
#include "nn/op_rows.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_adaptive_avg_pool2d.h>
#include <ATen/ops/_adaptive_avg_pool2d_backward.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

constexpr Pair kNoDilation{1, 1};

at::Tensor forward(const Op& op,
                   std::span<const at::Tensor> inputs,
                   std::span<const at::Tensor> /*parameters*/,
                   Saved* saved) {
  const auto& p = std::get<Pool2d>(op);
  if (saved != nullptr) saved->input_shapes = {inputs[0].sizes().vec()};
  at::Tensor output;
  if (p.kind == Pool2d::Kind::max) {
    at::Tensor indices;
    std::tie(output, indices) =
        at::max_pool2d_with_indices(inputs[0], p.kernel, p.stride, p.padding, kNoDilation, p.ceil);
    if (saved != nullptr) saved->indices = indices;
  } else {
    output = at::avg_pool2d(inputs[0], p.kernel, p.stride, p.padding, p.ceil, p.count_padding);
  }
  return p.scale == 1.0 ? output : output.mul_(p.scale);
}

std::vector<at::Tensor> backward(const Op& op,
                                 const at::Tensor& output_gradient,
                                 std::span<const at::Tensor> /*parameters*/,
                                 const Saved& saved) {
  const auto& p = std::get<Pool2d>(op);
  const at::Tensor input = unset(saved.input_shapes[0], output_gradient);
  at::Tensor gradient =
      p.kind == Pool2d::Kind::max
          ? at::max_pool2d_with_indices_backward(output_gradient, input, p.kernel, p.stride,
                                                 p.padding, kNoDilation, p.ceil, saved.indices)
          : at::avg_pool2d_backward(output_gradient, input, p.kernel, p.stride, p.padding, p.ceil,
                                    p.count_padding, std::nullopt);
  return {p.scale == 1.0 ? gradient : gradient.mul_(p.scale)};
}

Shape shape(const Op& op, std::span<const Shape> inputs) {
  const auto& p = std::get<Pool2d>(op);
  for (size_t axis = 0; axis < 2; ++axis) {
    STRATA_CHECK(2 * p.padding[axis] <= p.kernel[axis], "a pool padded by more than half a window");
  }
  const Pair out =
      window_count(plane(inputs[0]), p.kernel, p.stride, p.padding, kNoDilation, p.ceil);
  return {inputs[0][0], inputs[0][1], out[0], out[1]};
}

ReceptiveField field(const Op& op) {
  const auto& p = std::get<Pool2d>(op);
  return window_field(p.kernel, p.stride, p.padding, kNoDilation);
}

Cost cost(const Op& op,
          std::span<const Shape> /*inputs*/,
          const Shape& output,
          int /*element_bytes*/) {
  if (std::get<Pool2d>(op).kind == Pool2d::Kind::average) return {};
  return {.saved_bytes = count(output) * sizeof(int64_t)};
}

std::string attributes(const Op& op) {
  const auto& p = std::get<Pool2d>(op);
  std::string text_of = fmt::format("{} kernel={} stride={} padding={} ceil={} scale={}",
                                    p.kind == Pool2d::Kind::max ? "max" : "average", text(p.kernel),
                                    text(p.stride), text(p.padding), p.ceil, shortest(p.scale));
  // What maximum pooling does not read must not tell two equal graphs apart.
  if (p.kind == Pool2d::Kind::average) text_of += fmt::format(" count_padding={}", p.count_padding);
  return text_of;
}

at::Tensor adaptive_forward(const Op& op,
                            std::span<const at::Tensor> inputs,
                            std::span<const at::Tensor> /*parameters*/,
                            Saved* saved) {
  if (saved != nullptr) saved->input_shapes = {inputs[0].sizes().vec()};
  return at::_adaptive_avg_pool2d(inputs[0], std::get<AdaptiveAveragePool2d>(op).size);
}

std::vector<at::Tensor> adaptive_backward(const Op& /*op*/,
                                          const at::Tensor& output_gradient,
                                          std::span<const at::Tensor> /*parameters*/,
                                          const Saved& saved) {
  return {at::_adaptive_avg_pool2d_backward(output_gradient,
                                            unset(saved.input_shapes[0], output_gradient))};
}

Shape adaptive_shape(const Op& op, std::span<const Shape> inputs) {
  plane(inputs[0]);
  const Pair& size = std::get<AdaptiveAveragePool2d>(op).size;
  return {inputs[0][0], inputs[0][1], size[0], size[1]};
}

std::string adaptive_attributes(const Op& op) {
  return "size=" + text(std::get<AdaptiveAveragePool2d>(op).size);
}

}  // namespace

OpInfo pool_row() {
  return {.name = "pool2d",
          .arity = 1,
          .forward = forward,
          .backward = backward,
          .shape = shape,
          .field = field,
          .cost = cost,
          .parameters = no_parameters,
          .attributes = attributes};
}

OpInfo adaptive_pool_row() {
  return {.name = "adaptive_average_pool2d",
          .arity = 1,
          .forward = adaptive_forward,
          .backward = adaptive_backward,
          .shape = adaptive_shape,
          .field = whole_field,
          .cost = no_cost,
          .parameters = no_parameters,
          .attributes = adaptive_attributes};
}

}  // namespace strata::nn

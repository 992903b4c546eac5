#include "nn/op_table.hpp"

#include "base/error.hpp"
#include "nn/op_rows.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include <ATen/ops/empty.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

/// In the order of the alternatives of Op.
const std::array<OpInfo, std::variant_size_v<Op>>& table() {
  static const std::array<OpInfo, std::variant_size_v<Op>> kTable = {
      input_row(),         convolution_row(), relu_row(),    pool_row(),
      adaptive_pool_row(), batch_norm_row(),  add_row(),     concat_row(),
      flatten_row(),       linear_row(),      dropout_row(), shortcut_row()};
  return kTable;
}

/// The field of a window on top of another field.
ReceptiveField on_top(const ReceptiveField& below, const ReceptiveField& own) {
  if (below.whole || own.whole) return {.size = 0, .stride = 0, .offset = 0, .whole = true};
  return {.size = (own.size - 1) * below.stride + below.size,
          .stride = own.stride * below.stride,
          .offset = own.offset * below.stride + below.offset};
}

/// The smallest field that holds both.
ReceptiveField united(const ReceptiveField& a, const ReceptiveField& b) {
  // Branches of different strides have different sizes and could not be joined, but for pictures so
  // small that both are one position.
  if (a.whole || b.whole || a.stride != b.stride) {
    return {.size = 0, .stride = 0, .offset = 0, .whole = true};
  }
  const int64_t begin = std::min(a.offset, b.offset);
  const int64_t end = std::max(a.offset + a.size, b.offset + b.size);
  return {.size = end - begin, .stride = a.stride, .offset = begin};
}

}  // namespace

const OpInfo& op_info(const Op& op) { return table().at(op.index()); }

std::vector<ReceptiveField> receptive_fields(const Graph& graph) {
  std::vector<ReceptiveField> fields;
  fields.reserve(graph.nodes().size());
  for (const Node& node : graph.nodes()) {
    const ReceptiveField own = op_info(node.op).field(node.op);
    if (node.inputs.empty()) {
      fields.push_back(own);
      continue;
    }
    ReceptiveField field = on_top(fields[node.inputs.front()], own);
    for (const NodeId input : node.inputs) field = united(field, on_top(fields[input], own));
    fields.push_back(field);
  }
  return fields;
}

Cost total_cost(const Graph& graph, const Shape& input, int element_bytes) {
  const std::vector<Shape> shapes = graph.shapes(input);
  Cost total;
  for (NodeId id = 0; id < shapes.size(); ++id) {
    const Node& node = graph.node(id);
    std::vector<Shape> inputs;
    for (const NodeId i : node.inputs) inputs.push_back(shapes[i]);
    const Cost cost = op_info(node.op).cost(node.op, inputs, shapes[id], element_bytes);
    total.multiply_adds += cost.multiply_adds;
    total.saved_bytes += cost.saved_bytes;
  }
  return total;
}

at::Tensor unset(const Shape& shape, const at::Tensor& like) {
  const bool planar = shape.size() == 4;
  return at::empty(shape, like.options().memory_format(planar ? like.suggest_memory_format()
                                                              : at::MemoryFormat::Contiguous));
}

ReceptiveField window_field(const Pair& kernel,
                            const Pair& stride,
                            const Pair& padding,
                            const Pair& dilation) {
  if (stride[0] != stride[1]) return {.size = 0, .stride = 0, .offset = 0, .whole = true};
  const auto last = [&](size_t axis) {
    return dilation[axis] * (kernel[axis] - 1) - padding[axis];
  };
  const int64_t begin = std::min(-padding[0], -padding[1]);
  return {.size = std::max(last(0), last(1)) - begin + 1, .stride = stride[0], .offset = begin};
}

Pair window_count(const Pair& size,
                  const Pair& kernel,
                  const Pair& stride,
                  const Pair& padding,
                  const Pair& dilation,
                  bool ceil) {
  Pair windows{};
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t extent = dilation[axis] * (kernel[axis] - 1) + 1;
    const int64_t room = size[axis] + 2 * padding[axis] - extent;
    const int64_t rounding = ceil ? stride[axis] - 1 : 0;
    if (room + rounding < 0) {
      throw InputError(fmt::format("{} is smaller than the window, {}", text(size),
                                   text({dilation[0] * (kernel[0] - 1) + 1 - 2 * padding[0],
                                         dilation[1] * (kernel[1] - 1) + 1 - 2 * padding[1]})));
    }
    windows[axis] = (room + rounding) / stride[axis] + 1;
    if (ceil && (windows[axis] - 1) * stride[axis] >= size[axis] + padding[axis]) --windows[axis];
  }
  return windows;
}

double count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), 1.0,
                         [](double a, int64_t b) { return a * static_cast<double>(b); });
}

Pair plane(const Shape& shape) {
  STRATA_CHECK(shape.size() == 4, fmt::format("a tensor of rank {} is not a map", shape.size()));
  return {shape[2], shape[3]};
}

std::string text(const Pair& pair) { return fmt::format("{}x{}", pair[0], pair[1]); }

ReceptiveField point_field(const Op& /*op*/) { return {}; }

ReceptiveField whole_field(const Op& /*op*/) {
  return {.size = 0, .stride = 0, .offset = 0, .whole = true};
}

Cost no_cost(const Op& /*op*/,
             std::span<const Shape> /*inputs*/,
             const Shape& /*output*/,
             int /*element_bytes*/) {
  return {};
}

Shape same_shape(const Op& /*op*/, std::span<const Shape> inputs) { return inputs.front(); }

std::vector<std::pair<std::string, Shape>> no_parameters(const Op& /*op*/) { return {}; }

std::string no_attributes(const Op& /*op*/) { return ""; }

}  // namespace strata::nn

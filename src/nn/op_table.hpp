#pragma once

#include "nn/graph.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::nn {

/// What a node's backward to its inputs needs from its forward. Which fields are filled depends on
/// the op; nothing more is kept than its backward reads.
struct Saved {
  std::vector<Shape> input_shapes;
  at::Tensor output;   ///< Relu: the sign of the output is the mask
  at::Tensor indices;  ///< max pooling
};

/// Size, stride and offset of the receptive field of one output position, in positions of the
/// input: position p sees [p * stride + offset, p * stride + offset + size - 1], on both axes.
/// Where a kernel is not square, the larger extent. Padding is seen as its own place: a circular
/// fill brings the opposite border into the positions that touch it.
struct ReceptiveField {
  int64_t size = 1;
  int64_t stride = 1;
  int64_t offset = 0;
  bool whole = false;  ///< sees the whole picture: cannot be tiled
  bool operator==(const ReceptiveField&) const = default;
};

struct Cost {
  double multiply_adds = 0;  ///< of the forward: convolution, linear, batch norm
  double saved_bytes = 0;    ///< kept for the backward, at `element_bytes` an activation
};

/// One row of the op table. `forward` and `backward` are plain ATen calls without autograd.
/// Parameters come in the order of Graph::parameters_of.
struct OpInfo {
  std::string_view name;
  /// How many inputs a node has; absent: one or more.
  std::optional<size_t> arity;
  /// Output of the node. `saved` may be null; otherwise it is filled for `backward`.
  at::Tensor (*forward)(const Op&,
                        std::span<const at::Tensor> inputs,
                        std::span<const at::Tensor> parameters,
                        Saved* saved);
  /// dL/dinput for every input, from dL/doutput. Equal to autograd's (tested op by op).
  std::vector<at::Tensor> (*backward)(const Op&,
                                      const at::Tensor& output_gradient,
                                      std::span<const at::Tensor> parameters,
                                      const Saved& saved);
  /// Without execution. Throws InputError with the reason alone ("4 x 4 is smaller than the kernel,
  /// 7 x 7") where a size will not do; Graph::shapes adds which node. Wrong channels are a Fault.
  Shape (*shape)(const Op&, std::span<const Shape> inputs);
  /// The field of one output position in positions of the op's own input.
  ReceptiveField (*field)(const Op&);
  Cost (*cost)(const Op&, std::span<const Shape> inputs, const Shape& output, int element_bytes);
  /// Parameter and buffer suffixes with shapes ("weight", {64, 3, 3, 3}).
  std::vector<std::pair<std::string, Shape>> (*parameters)(const Op&);
  /// All attributes as canonical text, for Graph::signature.
  std::string (*attributes)(const Op&);
};

const OpInfo& op_info(const Op& op);

// Derived from the table for a whole graph.

/// The field of each node's positions in input pixels.
std::vector<ReceptiveField> receptive_fields(const Graph& graph);
Cost total_cost(const Graph& graph, const Shape& input, int element_bytes = 4);

}  // namespace strata::nn

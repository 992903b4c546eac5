#pragma once

#include "nn/op_table.hpp"

#include <ATen/core/Tensor.h>

namespace strata::nn {

// The rows of the op table and what they share. Nobody but the op sources and op_table.cpp includes
// this.

OpInfo input_row();
OpInfo convolution_row();
OpInfo relu_row();
OpInfo pool_row();
OpInfo adaptive_pool_row();
OpInfo batch_norm_row();
OpInfo add_row();
OpInfo concat_row();
OpInfo flatten_row();
OpInfo linear_row();
OpInfo dropout_row();
OpInfo shortcut_row();

/// A tensor of `shape`, in the precision and layout of `like`, not yet written. As it is, it serves
/// kernels that ask for their forward's input but read only its sizes and layout: on the CPU no
/// page of it becomes resident.
at::Tensor unset(const Shape& shape, const at::Tensor& like);

/// The field of a window operation with these kernels and strides; whole where the strides of the
/// two axes differ, since one number cannot tell them.
ReceptiveField window_field(const Pair& kernel,
                            const Pair& stride,
                            const Pair& padding,
                            const Pair& dilation);

/// (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down or up; rounded up, the
/// last window must start inside the picture or its left padding, as PyTorch has it. InputError
/// where the window does not fit.
Pair window_count(const Pair& size,
                  const Pair& kernel,
                  const Pair& stride,
                  const Pair& padding,
                  const Pair& dilation,
                  bool ceil);

double count(const Shape& shape);
/// {H, W} of an N x C x H x W shape; a Fault for any other rank.
Pair plane(const Shape& shape);
/// "3x7"
std::string text(const Pair& pair);

// Rows that are the same for many ops.

ReceptiveField point_field(const Op& op);
ReceptiveField whole_field(const Op& op);
Cost no_cost(const Op& op, std::span<const Shape> inputs, const Shape& output, int element_bytes);
Shape same_shape(const Op& op, std::span<const Shape> inputs);
std::vector<std::pair<std::string, Shape>> no_parameters(const Op& op);
std::string no_attributes(const Op& op);

}  // namespace strata::nn

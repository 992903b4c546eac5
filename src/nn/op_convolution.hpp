#pragma once

#include "nn/op.hpp"
#include "nn/op_table.hpp"

#include <ATen/core/Tensor.h>

namespace strata::nn {

// The border of a convolution, apart from the convolution: reflected, replicated and circular
// borders are filled first, and the convolution then pads nothing.

bool needs_fill(const Conv2d& c);
/// The padding left for the convolution itself.
Pair zero_padding(const Conv2d& c);
/// `input` with its border; `input` itself where none is to be filled.
at::Tensor filled(const Conv2d& c, const at::Tensor& input);
/// dL/dinput from dL/dfilled.
at::Tensor filled_backward(const Conv2d& c, const at::Tensor& gradient, const Shape& input_shape);

}  // namespace strata::nn

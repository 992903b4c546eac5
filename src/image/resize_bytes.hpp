#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace strata::image {

enum class ByteKernel {
  triangle,  ///< bilinear
  cubic,     ///< Keys 1981 with a = -1/2
};

/// N x C x H x W bytes at another size, bit for bit as PIL's Image.resize has it: the kernel is
/// stretched by the factor that a side shrinks by, its weights are whole multiples of 2^-22, and
/// the result is rounded to bytes after the pass across and again after the pass down. Any sizes
/// >= 1.
at::Tensor resize_bytes(const at::Tensor& nchw, int64_t height, int64_t width, ByteKernel kernel);

}  // namespace strata::image

#include "base/error.hpp"
#include "image/resize_bytes.hpp"
#include "image/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/_upsample_nearest_exact2d.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>

namespace strata::image {
namespace {

constexpr bool kAlignCorners = false;

/// The exact mean over the source interval [i s, (i + 1) s) of each output position i, where
/// s = input size / output size, along one dimension.
at::Tensor area_along(const at::Tensor& input, int64_t dim, int64_t size) {
  const int64_t in = input.size(dim);
  if (in == size) return input;
  // Positions in units of 1 / size of an input pixel, so that they are whole numbers: output i
  // covers [i in, (i + 1) in), input j covers [j size, (j + 1) size).
  const at::Tensor begin = at::arange(size, at::kLong) * in;
  const at::Tensor first = begin.div(size, "floor");
  std::vector<int64_t> weight_shape(static_cast<size_t>(input.dim()), 1);
  weight_shape[static_cast<size_t>(dim)] = size;
  at::Tensor sum;
  const int64_t most_pixels = (in + size - 1) / size + 1;
  for (int64_t k = 0; k < most_pixels; ++k) {
    const at::Tensor pixel = first + k;
    const at::Tensor overlap =
        (at::minimum((pixel + 1) * size, begin + in) - at::maximum(pixel * size, begin))
            .clamp_min(0);
    const at::Tensor weight = overlap.to(input.options()).div_(in).view(weight_shape);
    const at::Tensor part = input.index_select(dim, pixel.clamp_max(in - 1).to(input.device()));
    sum = sum.defined() ? sum.addcmul_(part, weight) : part * weight;
  }
  return sum;
}

at::Tensor resize_as_it_is(const at::Tensor& nchw,
                           int64_t height,
                           int64_t width,
                           Interpolation method) {
  switch (method) {
    case Interpolation::nearest:
      return at::_upsample_nearest_exact2d(nchw, {height, width});
    case Interpolation::bilinear:
      return at::upsample_bilinear2d(nchw, {height, width}, kAlignCorners);
    case Interpolation::bilinear_antialias:
      return at::_upsample_bilinear2d_aa(nchw, {height, width}, kAlignCorners);
    case Interpolation::bicubic:
      return at::upsample_bicubic2d(nchw, {height, width}, kAlignCorners);
    case Interpolation::bicubic_antialias:
      return at::_upsample_bicubic2d_aa(nchw, {height, width}, kAlignCorners);
    case Interpolation::area:
      return area_along(area_along(nchw, 2, height), 3, width);
  }
  throw Fault("unknown interpolation");
}

/// LibTorch's own kernels for bytes differ from PIL's by a level here and there.
std::optional<ByteKernel> byte_kernel(Interpolation method) {
  if (method == Interpolation::bilinear_antialias) return ByteKernel::triangle;
  if (method == Interpolation::bicubic_antialias) return ByteKernel::cubic;
  return std::nullopt;
}

}  // namespace

at::Tensor resize(const at::Tensor& nchw, int64_t height, int64_t width, Interpolation method) {
  STRATA_CHECK(nchw.dim() == 4 && nchw.size(2) >= 1 && nchw.size(3) >= 1,
               "N x C x H x W with at least one pixel is expected");
  STRATA_CHECK(height >= 1 && width >= 1, "a size of at least one pixel is expected");
  if (nchw.size(2) == height && nchw.size(3) == width) return nchw;
  const bool bytes = nchw.scalar_type() == at::kByte;
  if (bytes && nchw.is_cpu()) {
    if (const auto kernel = byte_kernel(method)) return resize_bytes(nchw, height, width, *kernel);
  }
  if (width == 1 && height > 1 && byte_kernel(method)) {
    // LibTorch's antialiasing gives every row of a result one pixel wide the same value (2.11).
    return resize(nchw.transpose(2, 3).contiguous(), width, height, method)
        .transpose(2, 3)
        .contiguous();
  }
  if (!bytes || method == Interpolation::nearest) {
    return resize_as_it_is(nchw, height, width, method).contiguous();
  }
  return resize_as_it_is(nchw.to(at::kFloat), height, width, method)
      .round_()
      .clamp_(0.0, 255.0)
      .to(at::kByte)
      .contiguous();
}

std::pair<int64_t, int64_t> size_by_long_side(int64_t height, int64_t width, int64_t long_side) {
  STRATA_CHECK(height >= 1 && width >= 1 && long_side >= 1, "sizes are at least one pixel");
  const int64_t longer = std::max(height, width);
  const auto scaled = [&](int64_t side) {
    // Rounded to nearest without leaving whole numbers.
    return std::max<int64_t>(1, (2 * side * long_side + longer) / (2 * longer));
  };
  return {scaled(height), scaled(width)};
}

}  // namespace strata::image

#include "base/error.hpp"
#include "image/tensor.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>

namespace strata::image {
namespace {

/// Of an enlarged picture before it is cropped.
constexpr int64_t kMostPixels = int64_t{1} << 26U;

/// torchvision's Resize(resize): the long side is cut to a whole number, not rounded.
at::Tensor short_side_to(const at::Tensor& nchw, int64_t resize_to, Interpolation interpolation) {
  const int64_t height = nchw.size(2), width = nchw.size(3);
  const auto [shorter, longer] = std::minmax(height, width);
  const int64_t longer_to = resize_to * longer / shorter;
  if (longer_to * resize_to > kMostPixels) {
    throw InputError(fmt::format("a picture of {} x {} pixels is too long and thin to be cropped",
                                 width, height));
  }
  return width <= height ? resize(nchw, longer_to, resize_to, interpolation)
                         : resize(nchw, resize_to, longer_to, interpolation);
}

/// torchvision's CenterCrop: half of what is over, a half rounded to even.
int64_t crop_begin(int64_t side, int64_t size) {
  const int64_t over = side - size;
  return over / 2 + (over % 2 == 1 && over / 2 % 2 == 1 ? 1 : 0);
}

at::Tensor crop(const at::Tensor& nchw, const FitOptions& options) {
  if (options.resize < options.size) {
    throw UsageError(fmt::format("resize: {} is smaller than the size {} that is cut from it",
                                 options.resize, options.size));
  }
  const at::Tensor resized = short_side_to(nchw, options.resize, options.interpolation);
  return resized.narrow(2, crop_begin(resized.size(2), options.size), options.size)
      .narrow(3, crop_begin(resized.size(3), options.size), options.size)
      .contiguous();
}

at::Tensor pad(const at::Tensor& nchw, const FitOptions& options) {
  const auto [height, width] = size_by_long_side(nchw.size(2), nchw.size(3), options.size);
  const bool bytes = nchw.scalar_type() == at::kByte;
  const double value = bytes ? std::round(255.0 * options.pad_value) : options.pad_value;
  at::Tensor canvas =
      at::full({nchw.size(0), nchw.size(1), options.size, options.size}, value, nchw.options());
  canvas.narrow(2, (options.size - height) / 2, height)
      .narrow(3, (options.size - width) / 2, width)
      .copy_(resize(nchw, height, width, options.interpolation));
  return canvas;
}

}  // namespace

at::Tensor fit(const at::Tensor& nchw, const FitOptions& options) {
  STRATA_CHECK(nchw.dim() == 4 && nchw.numel() > 0, "N x C x H x W is expected");
  if (options.mode == Fit::none) return nchw;
  if (options.size < 1) {
    throw UsageError(fmt::format("size: found {}, at least 1 is needed", options.size));
  }
  switch (options.mode) {
    case Fit::crop:
      return crop(nchw, options);
    case Fit::pad:
      return pad(nchw, options);
    default:
      return resize(nchw, options.size, options.size, options.interpolation);
  }
}

}  // namespace strata::image

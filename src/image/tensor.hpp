#pragma once

#include "image/picture.hpp"

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::image {

// The one bridge between pictures and tensors.

/// 1 x 3 x H x W, float, RGB in [0, 1] (v / 255 or v / 65535). Owns its memory. Alpha is ignored.
at::Tensor rgb_nchw_01(const Picture& picture);
/// 1 x 3 x H x W, uint8, RGB: 16 bit is rounded.
at::Tensor rgb_nchw_u8(const Picture& picture);
/// Clamps to [0, 1], rounds to nearest. `bits` 8 or 16. Any float dtype and layout, N = 1, C = 3.
Picture picture_from_rgb_nchw_01(const at::Tensor& rgb, int bits = 8);

enum class Interpolation {
  nearest,
  bilinear,            ///< no antialiasing: torch's bilinear, align_corners off
  bilinear_antialias,  ///< what torchvision and PIL do
  bicubic,
  bicubic_antialias,
  area,  ///< mean over the source area of each pixel
};
/// "bilinear-antialias" and so on. Throws UsageError listing the names.
Interpolation interpolation_from(const std::string& name);

/// N x C x H x W, float, or uint8 for the antialiasing methods (rounded as PIL does). Any size
/// >= 1. The same size returns the input itself.
at::Tensor resize(const at::Tensor& nchw, int64_t height, int64_t width, Interpolation method);

/// Height and width of a picture of height x width scaled so that its long side is `long_side`;
/// sides are rounded to nearest, at least 1.
std::pair<int64_t, int64_t> size_by_long_side(int64_t height, int64_t width, int64_t long_side);

/// How a picture of any size becomes the network's square input.
enum class Fit {
  crop,    ///< short side to `resize`, then the centre size x size (torchvision's evaluation)
  pad,     ///< long side to `size`, centred on the mean colour (padding value given)
  squash,  ///< to size x size, aspect ratio lost
  none,    ///< as it is
};
struct FitOptions {
  Fit mode = Fit::crop;
  int64_t size = 224;
  int64_t resize = 256;  ///< crop only
  Interpolation interpolation = Interpolation::bilinear_antialias;
  double pad_value = 0.5;  ///< in [0, 1]; a uint8 input takes round(255 * pad_value)
};
Fit fit_from(const std::string& name);
at::Tensor fit(const at::Tensor& nchw, const FitOptions& options);

}  // namespace strata::image

#pragma once

#include "image/picture.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

namespace strata::image {

// The one bridge between pictures and tensors.

/// 1 x 3 x H x W, float, RGB in [0, 1] (v / 255 or v / 65535). Owns its memory. Alpha is ignored.
at::Tensor rgb_nchw_01(const Picture& picture);
/// 1 x 3 x H x W, uint8, RGB: 16 bit is rounded. Owns its memory, which is channels_last: that is
/// how pictures lie, and resize() is fastest on it.
at::Tensor rgb_nchw_u8(const Picture& picture);
/// Clamps to [0, 1], rounds to nearest. `bits` 8 or 16. Any float dtype, device and layout, N = 1,
/// C = 3. Throws NumericalError where a value is NaN; infinities are clamped.
Picture picture_from_rgb_nchw_01(const at::Tensor& rgb, int bits = 8);

/// 1 x 1 x H x W, float, in [0, 1]; 0 is transparent. The picture must have alpha.
at::Tensor alpha_nchw_01(const Picture& picture);
/// Gives the picture this alpha of its own size, in its own depth; alpha_nchw_01() of a picture of
/// that depth comes back bit for bit.
void set_alpha(Picture& picture, const at::Tensor& alpha_nchw_01);

enum class Interpolation {
  nearest,             ///< the pixel under each centre: PIL's, torch's nearest-exact
  bilinear,            ///< no antialiasing: torch's bilinear, align_corners off
  bilinear_antialias,  ///< what torchvision and PIL do; pixel centres, triangle filter
  bicubic,             ///< no antialiasing: torch's bicubic (a = -0.75)
  bicubic_antialias,   ///< what torchvision and PIL do (a = -0.5)
  area,                ///< the exact mean over the source area of each pixel
};
/// "bilinear-antialias" and so on. Throws UsageError listing the names.
Interpolation interpolation_from(const std::string& name);

/// N x C x H x W of float or uint8 to N x C x `height` x `width` of the same type, contiguous. Any
/// size >= 1; the same size returns the input itself, whatever its layout.
///
/// Floats are not clamped: the cubic methods overshoot. Bytes are rounded to nearest; the
/// antialiasing methods round (and clamp) after the horizontal and again after the vertical pass,
/// as PIL does, and agree with it within one level (bicubic up to the overshoot that is clamped
/// away in between, since PIL's versions differ in which pass comes first).
at::Tensor resize(const at::Tensor& nchw, int64_t height, int64_t width, Interpolation method);

/// Height and width of a picture of height x width scaled so that its long side is `long_side`;
/// sides are rounded to nearest, at least 1.
std::pair<int64_t, int64_t> size_by_long_side(int64_t height, int64_t width, int64_t long_side);

/// How a picture of any size becomes the network's square input.
enum class Fit {
  /// Short side to `resize`, the long one in proportion and rounded down, then the centre
  /// size x size: torchvision's Resize and CenterCrop. `resize` below `size` is a UsageError; a
  /// picture so long and thin that it would be enlarged beyond 2^26 pixels is an InputError.
  crop,
  pad,     ///< long side to `size`, centred on the mean colour (padding value given)
  squash,  ///< to size x size, aspect ratio lost
  none,    ///< as it is, whatever `size` says
};
struct FitOptions {
  Fit mode = Fit::crop;
  int64_t size = 224;
  int64_t resize = 256;  ///< crop only
  Interpolation interpolation = Interpolation::bilinear_antialias;
  double pad_value = 0.5;  ///< in [0, 1]; a uint8 input takes round(255 * pad_value)
};
/// "crop" and so on. Throws UsageError listing the names.
Fit fit_from(const std::string& name);
/// N x C x H x W of float in [0, 1] or of uint8.
at::Tensor fit(const at::Tensor& nchw, const FitOptions& options);

}  // namespace strata::image

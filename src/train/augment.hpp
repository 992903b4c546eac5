#pragma once

#include "base/random.hpp"

#include <array>
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace strata::train {

/// Random changes of a training picture, in this order: crop, flip, colour, greyscale.
struct AugmentOptions {
  int64_t size = 112;  ///< side of the result in pixels
  /// Area of the crop as a part of the picture's, drawn uniformly, and its ratio of width to
  /// height, drawn uniformly in its logarithm (Szegedy et al. 2015). {1, 1} twice: the largest
  /// centred square.
  std::array<double, 2> scale{0.25, 1.0};
  std::array<double, 2> ratio{0.75, 4.0 / 3.0};
  double flip = 0.5;  ///< probability of mirroring left and right
  /// Factors drawn uniformly from [1 - x, 1 + x]; each in [0, 1].
  double brightness = 0.0;
  double contrast = 0.0;    ///< about the picture's mean luminance
  double saturation = 0.0;  ///< about each pixel's luminance
  double hue = 0.0;         ///< turn of the chroma plane by up to this part of a circle, [0, 0.5]
  double grey = 0.0;        ///< probability of losing all colour
};

/// rgb_u8: 1 x 3 x H x W, uint8 -> 1 x 3 x size x size, float, in [0, 1]. All randomness comes from
/// `random`, so the same state gives the same picture. Crops are resized with antialiasing.
at::Tensor augmented(const at::Tensor& rgb_u8, const AugmentOptions& options, Random& random);

}  // namespace strata::train

#pragma once

#include "styletransfer/pictures.hpp"

#include <map>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// What a mask picture says: one soft mask, or regions by colour. Masks are 1 x 1 x H x W, float,
/// in [0, 1].
struct MaskPicture {
  std::string file;
  at::Tensor soft;                           ///< defined for a grey picture: white is inside
  std::map<std::string, at::Tensor> labels;  ///< else "#rrggbb" -> 1 where the pixel has the colour
};

/// Reads a mask for `picture`. Grey pictures are soft masks; others are label pictures, whose
/// colours must be exact (at most 32 of them). What is transparent in the mask is outside. Throws
/// InputError: not a picture, of another size than its picture (both sizes are named), too many
/// colours, nothing inside.
MaskPicture read_mask(const std::string& file, const SourcePicture& picture);

/// A grey picture as a soft mask.
at::Tensor read_soft_mask(const std::string& file, const SourcePicture& picture);

/// The alpha channel of a picture; undefined where the picture is opaque.
at::Tensor opacity(const image::Picture& picture);

/// A mask at another size; what is less than half a step of 8 bits becomes 0.
at::Tensor resized_mask(const at::Tensor& mask, Size size);

}  // namespace strata::styletransfer

#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

#include <vector>

namespace strata::image {

/// Lossy and lossless, with alpha and EXIF orientation, converted to sRGB by an embedded profile;
/// animations are refused.
Picture decode_webp(const Source& source);

/// Lossless, 8 bit, RGB or RGBA, at most 16383 pixels a side; no text. The colour of pixels with
/// alpha 0 is not kept.
std::vector<std::byte> encode_webp(const Picture& picture, const EncodeOptions& options);

}  // namespace strata::image

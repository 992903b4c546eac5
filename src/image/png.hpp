#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

#include <vector>

namespace strata::image {

/// Every kind of PNG; palettes, grey and fewer than 8 bits are expanded, a colour profile
/// is applied and gamma left alone. A wrong checksum, a missing end and missing rows are
/// InputErrors.
Picture decode_png(const Source& source);

/// 8 or 16 bit RGB or RGBA, each text as iTXt before the pixels, and the profile of sRGB.
std::vector<std::byte> encode_png(const Picture& picture, const EncodeOptions& options);

}  // namespace strata::image

#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

#include <vector>

namespace strata::image {

/// The first page, converted to sRGB by an embedded profile. Grey, RGB and CMYK with 8 or 16 bits
/// keep their depth, grey and RGB also their alpha, which is divided out again where the colours
/// were multiplied by it; palettes, fewer bits and YCbCr come out as opaque 8-bit RGB. Signed and
/// floating-point numbers and CIELAB are refused.
Picture decode_tiff(const Source& source);

/// 8 or 16 bit RGB or RGBA (unassociated alpha), Deflate with prediction, lossless; the text in
/// ImageDescription, and the profile of sRGB.
std::vector<std::byte> encode_tiff(const Picture& picture, const EncodeOptions& options);

}  // namespace strata::image

#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

#include <vector>

namespace strata::image {

/// The first page. Grey and RGB with 8 or 16 bits and with or without alpha keep their depth, and
/// alpha that the colours were multiplied by is divided out again; palettes, fewer bits, YCbCr and
/// CMYK come out as opaque 8-bit RGB. Signed and floating-point numbers and CIELAB are refused.
Picture decode_tiff(const Source& source);

/// 8 or 16 bit RGB or RGBA (unassociated alpha), Deflate with prediction, lossless; the text in
/// ImageDescription.
std::vector<std::byte> encode_tiff(const Picture& picture, const EncodeOptions& options);

}  // namespace strata::image

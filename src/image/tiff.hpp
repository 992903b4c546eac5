#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

#include <vector>

namespace strata::image {

/// The first page. Grey and RGB with 8 or 16 bits and with or without alpha keep their depth;
/// palettes, fewer bits, YCbCr and CMYK come out as 8-bit RGB. Floating point is refused. Alpha
/// that the colours are multiplied by is divided out again.
Picture decode_tiff(const Source& source);

/// 8 or 16 bit RGB or RGBA (unassociated alpha), Deflate with prediction, lossless; the text in
/// ImageDescription.
std::vector<std::byte> encode_tiff(const Picture& picture, const EncodeOptions& options);

}  // namespace strata::image

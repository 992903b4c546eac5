#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

#include <vector>

namespace strata::image {

// The two formats that OpenCV decodes strictly enough. It only gets what it can finish: the headers
// are checked here first, because it prints what it cannot read.

/// Lossy and lossless, with alpha and EXIF orientation; animations are refused.
Picture decode_webp(const Source& source);
/// Uncompressed, 1 to 32 bits; run-length coding is refused. Always opaque.
Picture decode_bmp(const Source& source);

/// Lossless, 8 bit, RGB or RGBA, at most 16383 pixels a side; no text.
std::vector<std::byte> encode_webp(const Picture& picture, const EncodeOptions& options);

}  // namespace strata::image

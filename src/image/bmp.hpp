#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

namespace strata::image {

/// Uncompressed BMP of 1 to 32 bits, of Windows and OS/2; run-length coding is refused. Always
/// opaque: the fourth byte of 32-bit pixels seldom means anything.
Picture decode_bmp(const Source& source);

}  // namespace strata::image

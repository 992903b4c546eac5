#pragma once

#include "image/picture.hpp"
#include "image/source.hpp"

#include <vector>

namespace strata::image {

/// Baseline, progressive and arithmetic JPEG, 8 bit; grey, YCbCr, RGB, CMYK and YCCK, converted
/// to sRGB by an embedded profile. Anything
/// libjpeg calls lost or premature data is an InputError.
Picture decode_jpeg(const Source& source);

/// 4:4:4, the text as a JPEG comment, and the profile of sRGB.
std::vector<std::byte> encode_jpeg(const Picture& picture, const EncodeOptions& options);

}  // namespace strata::image

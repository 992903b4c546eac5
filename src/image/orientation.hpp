#pragma once

#include <cstddef>
#include <span>

#include <opencv2/core.hpp>

namespace strata::image {

// Orientation as EXIF and TIFF number it (tag 274): where row 0 and column 0 of the stored pixels
// belong. 1 upright, 2 mirrored, 3 by 180 degrees, 4 upside down mirrored, 5 transposed,
// 6 to be turned 90 degrees clockwise, 7 transposed over the other diagonal, 8 counter-clockwise.

/// The orientation in an EXIF block (a TIFF structure, with or without "Exif\0\0" in front); 1
/// where it has none or one out of range, or the block is broken: a picture is not refused for
/// that.
int exif_orientation(std::span<const std::byte> exif);

/// The pixels turned upright; the input itself for 1 and for anything that is not 2 to 8.
cv::Mat upright(const cv::Mat& pixels, int orientation);

}  // namespace strata::image

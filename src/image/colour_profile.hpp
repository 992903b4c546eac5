#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <opencv2/core.hpp>

namespace strata::image {

/// What a decoder has read, before the colour profile of the file is looked at.
enum class PixelKind {
  grey,  ///< spread to three equal channels
  rgb,
  cmyk,  ///< four channels, amounts of ink: 0 is none
};

/// A longer profile is not used.
inline constexpr size_t kLargestProfile = size_t{8} << 20U;

/// The pixels of a file as sRGB of the same depth (8 or 16 bits), by the ICC profile that was
/// embedded in it; empty: there was none. Relative colorimetric with black point compensation.
///
/// A profile that moves no colour by half a level of the depth leaves the pixels bit for bit as
/// they are. One that is broken, too long, or made for another kind of pixels leaves them too, and
/// `warning` says why. Inks without a usable profile become r = (1 - c)(1 - k) and so on.
cv::Mat to_srgb(const cv::Mat& pixels,
                PixelKind kind,
                std::span<const std::byte> profile,
                std::string& warning);

/// The warning about a profile that cannot be used.
std::string unusable_profile(std::string_view why);

/// The profile written into pictures: sRGB (IEC 61966-2-1), about 600 bytes, always the same.
std::span<const std::byte> srgb_profile();

}  // namespace strata::image

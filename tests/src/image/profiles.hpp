#pragma once

#include "raw_files.hpp"

#include <array>

namespace strata::image {

// ICC profiles made by lcms, and what they mean by an own double-precision computation.

/// Chromaticities x, y of red, green and blue; white is D65.
using Primaries = std::array<std::array<double, 2>, 3>;
inline constexpr Primaries kSrgbPrimaries = {{{0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}}};
inline constexpr Primaries kAdobePrimaries = {{{0.64, 0.33}, {0.21, 0.71}, {0.15, 0.06}}};
inline constexpr double kAdobeGamma = 563.0 / 256.0;

Bytes rgb_profile(const Primaries& primaries, double gamma);
Bytes grey_profile(double gamma);
/// Inks of which CIE L* = 100 (1 - k) (1 - (c + m + y) / 3), without any hue.
Bytes cmyk_profile();

/// sRGB in [0, 1] of a colour in [0, 1] under rgb_profile(primaries, gamma), clipped to the gamut.
std::array<double, 3> srgb_of(const std::array<double, 3>& colour,
                              const Primaries& primaries,
                              double gamma);
/// The sRGB transfer curve (IEC 61966-2-1) of linear light.
double srgb_curve(double light);
/// The sRGB grey of a CIE lightness L*.
double srgb_of_lightness(double lightness);

}  // namespace strata::image

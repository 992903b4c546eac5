#pragma once

#include "image/picture.hpp"
#include "styletransfer/colour/mode.hpp"
#include "styletransfer/styles.hpp"

#include <optional>
#include <vector>

namespace strata::styletransfer {

struct Recoloured {
  image::Picture picture;
  double clipped = 0.0;  ///< share of the pixels that had to be brought into the gamut
};

/// The style picture with the content's colours, in 16 bits; alpha is kept. Pixels with alpha 0
/// have no say in what the colours of a picture are. For modes with changes_style() only.
Recoloured recolour(const image::Picture& style, const image::Picture& content, ColourMode mode);

/// Each style picture with the content's colours where the mode says so; the share of all their
/// pixels that was clipped, nothing where the mode does not.
std::optional<double> recolour_styles(std::vector<StylePicture>& styles,
                                      const image::Picture& content,
                                      ColourMode mode);

}  // namespace strata::styletransfer

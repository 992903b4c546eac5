#include "styletransfer/colour/recolour.hpp"

#include "base/error.hpp"
#include "image/tensor.hpp"
#include "styletransfer/colour/histogram_match.hpp"
#include "styletransfer/colour/linear_match.hpp"
#include "styletransfer/colour/luminance.hpp"

#include <utility>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

at::Tensor colours_of(const image::Picture& picture) {
  return image::rgb_nchw_01(picture).view({3, -1});
}

/// All colours where nothing is visible.
at::Tensor visible_colours(const image::Picture& picture) {
  at::Tensor colours = colours_of(picture);
  if (picture.alpha.empty() || cv::countNonZero(picture.alpha) == 0) return colours;
  at::Tensor visible = at::empty({colours.size(1)}, at::kBool);
  auto* to = visible.data_ptr<bool>();
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) {
      *to++ = (picture.bits() == 16 ? picture.alpha.at<uint16_t>(y, x)
                                    : picture.alpha.at<uint8_t>(y, x)) > 0;
    }
  }
  return colours.index_select(1, visible.nonzero().squeeze(1));
}

LinearForm form_of(ColourMode mode) {
  switch (mode) {
    case ColourMode::match_chol:
      return LinearForm::chol;
    case ColourMode::match_pca:
      return LinearForm::pca;
    default:
      return LinearForm::sym;
  }
}

}  // namespace

Recoloured recolour(const image::Picture& style, const image::Picture& content, ColourMode mode) {
  STRATA_CHECK(changes_style(mode), "a mode that changes the style picture is expected");
  const at::Tensor colours = colours_of(style);
  const at::Tensor from = visible_colours(style), to = visible_colours(content);
  const at::Tensor matched =
      mode == ColourMode::histogram
          ? HistogramMatch(from, to)(colours)
          : linear_match(colour_moments(from), colour_moments(to), form_of(mode))(colours);
  const InGamut inside = into_gamut(matched.view({1, 3, style.height(), style.width()}));
  Recoloured recoloured{image::picture_from_rgb_nchw_01(inside.rgb, 16), inside.clipped};
  recoloured.picture.format = style.format;
  if (!style.alpha.empty()) {
    style.alpha.convertTo(recoloured.picture.alpha, CV_16U, style.bits() == 16 ? 1.0 : 257.0);
  }
  return recoloured;
}

std::optional<double> recolour_styles(std::vector<StylePicture>& styles,
                                      const image::Picture& content,
                                      ColourMode mode) {
  if (!changes_style(mode)) return std::nullopt;
  double pixels = 0.0, clipped = 0.0;
  for (StylePicture& style : styles) {
    Recoloured recoloured = recolour(style.source.picture, content, mode);
    const auto count = static_cast<double>(recoloured.picture.rgb.total());
    pixels += count;
    clipped += count * recoloured.clipped;
    style.source.picture = std::move(recoloured.picture);
  }
  return pixels > 0.0 ? clipped / pixels : 0.0;
}

}  // namespace strata::styletransfer

#pragma once

#include "base/log.hpp"
#include "image/picture.hpp"
#include "styletransfer/preset.hpp"

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

struct Size {
  int64_t height = 0;
  int64_t width = 0;
  int64_t long_side() const { return height > width ? height : width; }
  bool operator==(const Size&) const = default;
};

/// A decoded picture and what the user called it.
struct SourcePicture {
  std::string file;
  image::Picture picture;
  Size size() const { return {picture.height(), picture.width()}; }
};

/// A picture as a tensor, 1 x 3 x H x W, RGB in [0, 1], with its share of several that add up to
/// one.
struct WeightedPicture {
  at::Tensor rgb_nchw_01;
  double share = 1.0;
};

/// Decodes. Warns of a colour profile that cannot be used; `role` ("content") is for the warning
/// that transparency is not used.
SourcePicture load_picture(const std::string& file, const std::string& role, Log& log);

/// The picture at `size` as 1 x 3 x H x W, RGB in [0, 1], resized as the preset says.
at::Tensor sized(const SourcePicture& source,
                 Size size,
                 const Preset& preset,
                 const at::TensorOptions& options);

/// A float picture at another size, in [0, 1] where it was.
at::Tensor resized(const at::Tensor& rgb_nchw_01, Size size, image::Interpolation interpolation);

/// `size` scaled to a long side, each side at least one pixel. Throws UsageError for long sides
/// below 1 and beyond 2^20.
Size with_long_side(Size size, int64_t long_side, SideRounding rounding);

/// `--style-size`: how large the style picture is against the output.
struct StyleSize {
  enum class Kind {
    output,  ///< long side equal to the output's: what the compatibility tools do
    own,     ///< as the file is
    pixels,  ///< a long side
  } kind = Kind::output;
  int64_t pixels = 0;
};
/// "output", "own" or a number of pixels. Throws UsageError.
StyleSize style_size_from(const std::string& text);
/// The style's size for a scale of the output: sizes other than `output` are those at the final
/// scale and shrink along at coarser ones.
Size style_size_at(const StyleSize& rule,
                   Size style,
                   int64_t scale_side,
                   int64_t final_side,
                   SideRounding rounding);

}  // namespace strata::styletransfer

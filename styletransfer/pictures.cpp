#include "styletransfer/pictures.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

constexpr int64_t kLargestSide = 1 << 20;
// Below it there is nothing to be painted, and networks see little but the border.
constexpr int kSmallestSide = 8;

}  // namespace

SourcePicture load_picture(const std::string& file, const std::string& role, Log& log) {
  SourcePicture source{file, image::decode(file)};
  if (std::min(source.picture.width(), source.picture.height()) < kSmallestSide) {
    throw InputError(
        file, fmt::format("{} x {} is too small for a {} picture; at least {} pixels a "
                          "side are needed",
                          source.picture.width(), source.picture.height(), role, kSmallestSide));
  }
  if (!source.picture.warning.empty()) log.warn(file + ": " + source.picture.warning);
  // Those of content and style pictures are masks.
  if (!source.picture.alpha.empty() && role != "content" && role != "style") {
    log.warn(fmt::format("{}: the transparency of the {} picture is not used", file, role));
  }
  return source;
}

at::Tensor sized(const SourcePicture& source,
                 Size size,
                 const Preset& preset,
                 const at::TensorOptions& options) {
  const c10::NoGradGuard no_grad;
  // Tools that resize 8-bit pictures round to 8 bits again.
  if (preset.eight_bit && source.picture.bits() == 8 && size != source.size()) {
    const at::Tensor bytes = image::resize(image::rgb_nchw_u8(source.picture), size.height,
                                           size.width, preset.interpolation);
    return bytes.to(options).div_(255.0);
  }
  return resized(image::rgb_nchw_01(source.picture), size, preset.interpolation).to(options);
}

at::Tensor resized(const at::Tensor& rgb_nchw_01, Size size, image::Interpolation interpolation) {
  const c10::NoGradGuard no_grad;
  if (rgb_nchw_01.size(2) == size.height && rgb_nchw_01.size(3) == size.width) return rgb_nchw_01;
  const auto type = rgb_nchw_01.scalar_type();
  const at::Tensor larger =
      image::resize(rgb_nchw_01.to(at::kFloat), size.height, size.width, interpolation);
  // Cubic kernels overshoot.
  return larger.clamp(0.0, 1.0).to(type);
}

Size with_long_side(Size size, int64_t long_side, SideRounding rounding) {
  STRATA_CHECK(size.height >= 1 && size.width >= 1, "an empty picture");
  if (long_side < 1 || long_side > kLargestSide) {
    throw UsageError(fmt::format("size: {} is not between 1 and {}", long_side, kLargestSide));
  }
  if (rounding == SideRounding::down) {
    const double factor = static_cast<double>(long_side) / static_cast<double>(size.long_side());
    const auto cut = [&](int64_t side) {
      return std::max<int64_t>(1, static_cast<int64_t>(factor * static_cast<double>(side)));
    };
    return {cut(size.height), cut(size.width)};
  }
  const auto [height, width] = image::size_by_long_side(size.height, size.width, long_side);
  return {height, width};
}

StyleSize style_size_from(const std::string& text) {
  if (text == "output") return {StyleSize::Kind::output, 0};
  if (text == "own") return {StyleSize::Kind::own, 0};
  int64_t pixels = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, pixels);
  if (error != std::errc{} || rest != end || pixels < 1 || pixels > kLargestSide) {
    throw UsageError(
        fmt::format("style_size: \"{}\" is neither output, own nor a long side in pixels (1 to {})",
                    text, kLargestSide));
  }
  return {StyleSize::Kind::pixels, pixels};
}

Size style_size_at(const StyleSize& rule,
                   Size style,
                   int64_t scale_side,
                   int64_t final_side,
                   SideRounding rounding) {
  if (rule.kind == StyleSize::Kind::output) return with_long_side(style, scale_side, rounding);
  const int64_t at_end = rule.kind == StyleSize::Kind::own ? style.long_side() : rule.pixels;
  const double scaled = static_cast<double>(at_end) * static_cast<double>(scale_side) /
                        static_cast<double>(final_side);
  return with_long_side(style, std::max<int64_t>(1, std::lround(scaled)), rounding);
}

}  // namespace strata::styletransfer

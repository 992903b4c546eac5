#include "train/augment.hpp"

#include "base/error.hpp"
#include "image/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

namespace strata::train {
namespace {

struct Window {
  int64_t top, left, height, width;
};

double between(const std::array<double, 2>& range, Random& random) {
  return range[0] + (range[1] - range[0]) * random.uniform();
}

// As torchvision has it: ten tries, then the largest centred crop of an allowed ratio.
Window random_window(int64_t height, int64_t width, const AugmentOptions& o, Random& random) {
  const double area = static_cast<double>(height) * static_cast<double>(width);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * between(o.scale, random);
    const double ratio = std::exp(between({std::log(o.ratio[0]), std::log(o.ratio[1])}, random));
    const auto w = std::llround(std::sqrt(target * ratio));
    const auto h = std::llround(std::sqrt(target / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const auto top = static_cast<int64_t>(random.below(static_cast<uint64_t>(height - h + 1)));
    const auto left = static_cast<int64_t>(random.below(static_cast<uint64_t>(width - w + 1)));
    return {top, left, h, w};
  }
  const double own = static_cast<double>(width) / static_cast<double>(height);
  const double ratio = std::clamp(own, o.ratio[0], o.ratio[1]);
  int64_t h = height, w = width;
  if (own < ratio) h = std::max<int64_t>(1, std::llround(static_cast<double>(width) / ratio));
  if (own > ratio) w = std::max<int64_t>(1, std::llround(static_cast<double>(height) * ratio));
  return {(height - h) / 2, (width - w) / 2, h, w};
}

at::Tensor luminance(const at::Tensor& rgb) {  // ITU-R BT.601, as torchvision and PIL have it
  const auto c = rgb.unbind(1);
  return (c[0] * 0.299 + c[1] * 0.587 + c[2] * 0.114).unsqueeze(1);
}

at::Tensor blended(const at::Tensor& rgb, const at::Tensor& with, double factor) {
  return (rgb * factor + with * (1.0 - factor)).clamp_(0, 1);
}

// A turn of the plane of I and Q in YIQ: keeps luminance, and what is grey stays grey.
at::Tensor hue_turned(const at::Tensor& rgb, double turn) {
  const double a = 2.0 * std::numbers::pi * turn, c = std::cos(a), s = std::sin(a);
  const at::Tensor to_yiq =
      at::tensor({0.299, 0.587, 0.114, 0.5959, -0.2746, -0.3213, 0.2115, -0.5227, 0.3112},
                 at::kDouble)
          .view({3, 3});
  const at::Tensor rotate =
      at::tensor({1.0, 0.0, 0.0, 0.0, c, -s, 0.0, s, c}, at::kDouble).view({3, 3});
  const at::Tensor map =
      at::matmul(at::linalg_inv(to_yiq), at::matmul(rotate, to_yiq)).to(at::kFloat);
  return at::einsum("oc,nchw->nohw", {map, rgb}).clamp_(0, 1);
}

}  // namespace

at::Tensor augmented(const at::Tensor& rgb_u8, const AugmentOptions& o, Random& random) {
  STRATA_CHECK(rgb_u8.dim() == 4 && rgb_u8.size(1) == 3 && rgb_u8.scalar_type() == at::kByte,
               "a picture is 1 x 3 x H x W, uint8");
  const Window window = random_window(rgb_u8.size(2), rgb_u8.size(3), o, random);
  const at::Tensor crop = rgb_u8.narrow(2, window.top, window.height)
                              .narrow(3, window.left, window.width)
                              .contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor rgb = image::resize(crop, o.size, o.size, image::Interpolation::bilinear_antialias)
                       .to(at::kFloat)
                       .div_(255);
  // Every number is drawn whether it is used or not, so that switching one change on or off leaves
  // the others as they were.
  const double flip = random.uniform();
  const double brightness = between({1.0 - o.brightness, 1.0 + o.brightness}, random);
  const double contrast = between({1.0 - o.contrast, 1.0 + o.contrast}, random);
  const double saturation = between({1.0 - o.saturation, 1.0 + o.saturation}, random);
  const double hue = between({-o.hue, o.hue}, random);
  const double grey = random.uniform();
  if (flip < o.flip) rgb = rgb.flip({3});
  if (o.brightness > 0) rgb = (rgb * brightness).clamp_(0, 1);
  if (o.contrast > 0) rgb = blended(rgb, luminance(rgb).mean(), contrast);
  if (o.saturation > 0) rgb = blended(rgb, luminance(rgb), saturation);
  if (o.hue > 0) rgb = hue_turned(rgb, hue);
  if (grey < o.grey) rgb = luminance(rgb).expand_as(rgb);
  return rgb.contiguous();
}

}  // namespace strata::train

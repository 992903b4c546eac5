#include "image/tensor.hpp"

#include "base/error.hpp"
#include "image/source.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isnan.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::image {
namespace {

/// H x W x 3 on the picture's own memory, which must outlive it.
at::Tensor view_hwc(const cv::Mat& rgb, at::ScalarType type) {
  STRATA_CHECK(!rgb.empty() && rgb.channels() == 3 && rgb.isContinuous(),
               "an RGB picture without gaps is expected");
  return at::from_blob(rgb.data, {rgb.rows, rgb.cols, 3}, at::TensorOptions().dtype(type));
}

}  // namespace

at::Tensor rgb_nchw_01(const Picture& picture) {
  const c10::NoGradGuard no_grad;
  const bool deep = picture.bits() == 16;
  const cv::Mat rgb = picture.rgb.isContinuous() ? picture.rgb : picture.rgb.clone();
  at::Tensor floats = at::empty({1, 3, rgb.rows, rgb.cols});
  floats[0].copy_(view_hwc(rgb, deep ? at::kUInt16 : at::kByte).permute({2, 0, 1}));
  return floats.div_(deep ? 65535.0 : 255.0);
}

at::Tensor rgb_nchw_u8(const Picture& picture) {
  const c10::NoGradGuard no_grad;
  cv::Mat rgb = to_8_bit(picture.rgb);
  if (!rgb.isContinuous()) rgb = rgb.clone();
  return view_hwc(rgb, at::kByte).clone().unsqueeze(0).permute({0, 3, 1, 2});
}

Picture picture_from_rgb_nchw_01(const at::Tensor& rgb, int bits) {
  const c10::NoGradGuard no_grad;
  STRATA_CHECK(rgb.dim() == 4 && rgb.size(0) == 1 && rgb.size(1) == 3 && rgb.numel() > 0 &&
                   rgb.is_floating_point(),
               "1 x 3 x H x W in floating point is expected");
  STRATA_CHECK(bits == 8 || bits == 16, "a picture has 8 or 16 bits");
  const bool is_double = rgb.scalar_type() == at::kDouble;
  const at::Tensor hwc =
      rgb.detach().to(at::kCPU, is_double ? at::kDouble : at::kFloat)[0].permute({1, 2, 0});
  const auto missing = at::isnan(hwc).sum().item<int64_t>();
  if (missing > 0) {
    throw NumericalError(
        fmt::format("picture: {} of {} values are not a number, so there is nothing to show",
                    missing, hwc.numel()));
  }
  Picture picture;
  picture.rgb.create(static_cast<int>(rgb.size(2)), static_cast<int>(rgb.size(3)),
                     bits == 16 ? CV_16UC3 : CV_8UC3);
  const at::Tensor whole = hwc.clamp(0.0, 1.0).mul_(bits == 16 ? 65535.0 : 255.0).round_();
  view_hwc(picture.rgb, bits == 16 ? at::kUInt16 : at::kByte).copy_(whole);
  return picture;
}

at::Tensor alpha_nchw_01(const Picture& picture) {
  const c10::NoGradGuard no_grad;
  STRATA_CHECK(!picture.alpha.empty(), "a picture with alpha is expected");
  const bool deep = picture.bits() == 16;
  const cv::Mat alpha = picture.alpha.isContinuous() ? picture.alpha : picture.alpha.clone();
  at::Tensor floats = at::empty({1, 1, alpha.rows, alpha.cols});
  floats[0][0].copy_(at::from_blob(alpha.data, {alpha.rows, alpha.cols},
                                   at::TensorOptions().dtype(deep ? at::kUInt16 : at::kByte)));
  return floats.div_(deep ? 65535.0 : 255.0);
}

void set_alpha(Picture& picture, const at::Tensor& alpha) {
  const c10::NoGradGuard no_grad;
  STRATA_CHECK(alpha.dim() == 4 && alpha.numel() == int64_t{picture.height()} * picture.width() &&
                   alpha.size(2) == picture.height(),
               "alpha of the picture's size is expected");
  const bool deep = picture.bits() == 16;
  picture.alpha.create(picture.height(), picture.width(), deep ? CV_16UC1 : CV_8UC1);
  at::from_blob(picture.alpha.data, {picture.height(), picture.width()},
                at::TensorOptions().dtype(deep ? at::kUInt16 : at::kByte))
      .copy_(alpha.to(at::kCPU, at::kFloat)[0][0]
                 .clamp(0.0, 1.0)
                 .mul_(deep ? 65535.0 : 255.0)
                 .round_());
}

}  // namespace strata::image

#include "styletransfer/colour/luminance.hpp"

#include "base/error.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {

at::Tensor luma(const at::Tensor& rgb) {
  const c10::NoGradGuard no_grad;
  return 0.299 * rgb.narrow(1, 0, 1) + 0.587 * rgb.narrow(1, 1, 1) + 0.114 * rgb.narrow(1, 2, 1);
}

at::Tensor with_chroma_of(const at::Tensor& content, const at::Tensor& result) {
  const c10::NoGradGuard no_grad;
  STRATA_CHECK(content.sizes() == result.sizes(), "pictures of one size are expected");
  return content + (luma(result) - luma(content));
}

InGamut into_gamut(const at::Tensor& rgb) {
  const c10::NoGradGuard no_grad;
  constexpr double kRounding = 1e-6;  // of float
  const at::Tensor outside = ((rgb < -kRounding).logical_or(rgb > 1.0 + kRounding)).any(/*dim=*/1);
  const at::Tensor y = luma(rgb).clamp(0.0, 1.0);
  const at::Tensor chroma = rgb - luma(rgb);
  const at::Tensor room = at::where(chroma > 0.0, 1.0 - y, y);
  const at::Tensor factor =
      std::get<0>((room / chroma.abs().clamp_min(1e-12)).min(1, true)).clamp_max(1.0);
  return {(y + factor * chroma).clamp(0.0, 1.0), outside.to(at::kDouble).mean().item<double>()};
}

}  // namespace strata::styletransfer

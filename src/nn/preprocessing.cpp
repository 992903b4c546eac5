#include "nn/preprocessing.hpp"

#include "base/error.hpp"

#include <ATen/ATen.h>

namespace strata::nn {
namespace {

/// One number a channel, ready to be broadcast over N x 3 x H x W.
at::Tensor per_channel(const std::vector<double>& values, const at::Tensor& like) {
  STRATA_CHECK(values.size() == 3, "a picture has three channels");
  return at::tensor(values, at::kDouble).to(like.options()).view({1, 3, 1, 1});
}

std::vector<double> scales(const Preprocessing& p) {
  std::vector<double> scales;
  for (const double deviation : p.std) scales.push_back(p.range / deviation);
  return scales;
}

void check_picture(const at::Tensor& t) {
  STRATA_CHECK(t.dim() == 4 && t.size(1) == 3 && t.is_floating_point(),
               "expected N x 3 x H x W of a float type");
}

}  // namespace

at::Tensor preprocess(const at::Tensor& rgb_nchw_01, const Preprocessing& p) {
  check_picture(rgb_nchw_01);
  const at::Tensor picture = p.bgr ? rgb_nchw_01.flip({1}) : rgb_nchw_01;
  std::vector<double> offsets;
  for (size_t c = 0; c < p.mean.size(); ++c) offsets.push_back(p.mean[c] / p.std.at(c));
  return picture.mul(per_channel(scales(p), picture)).sub_(per_channel(offsets, picture));
}

at::Tensor preprocess_backward(const at::Tensor& gradient, const Preprocessing& p) {
  check_picture(gradient);
  const at::Tensor scaled = gradient.mul(per_channel(scales(p), gradient));
  return p.bgr ? scaled.flip({1}) : scaled;
}

}  // namespace strata::nn

#include "styletransfer/initial.hpp"

#include "base/random.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

at::Tensor standard_normal(Size size, uint64_t seed) {
  at::Tensor noise = at::empty({1, 3, size.height, size.width}, at::kFloat);
  Random random(seed, "initial picture");
  float* values = noise.mutable_data_ptr<float>();
  for (int64_t i = 0; i < noise.numel(); ++i) values[i] = static_cast<float>(random.normal());
  return noise;
}

}  // namespace

at::Tensor mean_colour(const nn::Preprocessing& input) {
  at::Tensor colour = at::empty({1, 3, 1, 1}, at::kFloat);
  float* values = colour.mutable_data_ptr<float>();
  for (size_t c = 0; c < 3; ++c) {
    values[input.bgr ? 2 - c : c] = static_cast<float>(input.mean.at(c) / input.range);
  }
  return colour;
}

at::Tensor random_picture(Size size, const nn::Preprocessing& input, double sigma, uint64_t seed) {
  return standard_normal(size, seed).mul_(sigma).add_(mean_colour(input));
}

at::Tensor noise_like(const at::Tensor& rgb_nchw_01, Size size, uint64_t seed) {
  const at::Tensor pixels = rgb_nchw_01.to(at::kCPU, at::kFloat);
  const at::Tensor mean = pixels.mean({2, 3}, /*keepdim=*/true);
  const at::Tensor deviation = (pixels - mean).square().mean({2, 3}, /*keepdim=*/true).sqrt();
  return standard_normal(size, seed).mul_(deviation).add_(mean);
}

}  // namespace strata::styletransfer

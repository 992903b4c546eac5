#include "styletransfer/golden_pictures.hpp"

#include "image/picture.hpp"
#include "weights/state_dict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::testing {
namespace {

/// SplitMix64's output function.
uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

/// Numbers in [-1, 1), multiples of 2^-23, times a bound in double precision.
at::Tensor uniform(const std::vector<int64_t>& shape, uint64_t key, double bound) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* values = tensor.mutable_data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    const uint64_t bits = mix(static_cast<uint64_t>(i) + (key << 32U)) >> 40U;
    values[i] = static_cast<float>((std::ldexp(static_cast<double>(bits), -23) - 1.0) * bound);
  }
  return tensor;
}

int triangle(int n) { return std::abs(n % 510 - 255); }

int level(int y, int x, int c, int seed) {
  const int stripes = triangle((5 + seed) * x + 3 * y + 40 * c + 17 * seed) +
                      triangle((7 + 2 * seed) * y + 2 * x + 90 * c);
  const int block = ((y / 6) * 1000 + x / 6) * 3 + c + 1000000 * seed;
  return (2 * stripes + static_cast<int>(mix(static_cast<uint64_t>(block)) >> 56U)) / 5;
}

}  // namespace

void write_golden_picture(const std::filesystem::path& file, int height, int width, int seed) {
  image::Picture picture;
  picture.rgb = cv::Mat(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const bool redder = seed >= 100 && c == 0;
        const int value = level(y, x, c, seed % 100) + (redder ? 1 : 0);
        picture.rgb.at<cv::Vec3b>(y, x)[c] = static_cast<unsigned char>(std::min(value, 255));
      }
    }
  }
  image::encode(file, picture);
}

void write_golden_weights(const std::filesystem::path& file, float first_layer_scale) {
  constexpr int64_t kPool = 0;
  constexpr std::array<int64_t, 17> kWidths = {64,  64,    kPool, 128, 128, kPool, 256,   256, 256,
                                               256, kPool, 512,   512, 512, 512,   kPool, 512};
  std::map<std::string, at::Tensor> tensors;
  int64_t channels = 3, index = 0;
  uint64_t key = 0;
  for (const int64_t width : kWidths) {
    if (width == kPool) {
      ++index;
      continue;
    }
    const double bound = std::sqrt(6.0 / static_cast<double>(channels * 9));
    at::Tensor weight = uniform({width, channels, 3, 3}, key, bound);
    if (index == 0) weight.mul_(first_layer_scale);
    tensors[fmt::format("features.{}.weight", index)] = weight;
    tensors[fmt::format("features.{}.bias", index)] = uniform({width}, key + 1, 0.1);
    channels = width;
    key += 2;
    index += 2;  // a convolution and its ReLU
  }
  weights::write_safetensors(file, tensors);
}

}  // namespace strata::testing

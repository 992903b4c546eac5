#include "image/resize_bytes.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ops/empty.h>

namespace strata::image {
namespace {

constexpr int kBits = 22;
constexpr int32_t kHalf = 1 << (kBits - 1);

double support_of(ByteKernel kernel) { return kernel == ByteKernel::cubic ? 2.0 : 1.0; }

double weight_at(ByteKernel kernel, double distance) {
  const double x = std::abs(distance);
  if (kernel == ByteKernel::triangle) return x < 1.0 ? 1.0 - x : 0.0;
  constexpr double kA = -0.5;
  if (x < 1.0) return ((kA + 2.0) * x - (kA + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * kA;
  return 0.0;
}

/// What one output position is made of: input positions from `first` on.
struct Window {
  int64_t first = 0;
  std::vector<int32_t> weights;  ///< in units of 2^-kBits
};

std::vector<Window> windows(int64_t in, int64_t out, ByteKernel kernel) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double stretch = std::max(scale, 1.0);
  const double support = support_of(kernel) * stretch;
  std::vector<Window> all(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto begin =
        std::max<int64_t>(0, static_cast<int64_t>(std::floor(centre - support + 0.5)));
    const auto end =
        std::min<int64_t>(in, static_cast<int64_t>(std::floor(centre + support + 0.5)));
    std::vector<double> weights;
    double sum = 0.0;
    for (int64_t k = begin; k < end; ++k) {
      weights.push_back(
          weight_at(kernel, (static_cast<double>(k) - centre + 0.5) * (1.0 / stretch)));
      sum += weights.back();
    }
    Window& window = all[static_cast<size_t>(i)];
    window.first = begin;
    for (const double weight : weights) {
      const double fixed = (sum != 0.0 ? weight / sum : weight) * static_cast<double>(1 << kBits);
      window.weights.push_back(static_cast<int32_t>(fixed + (fixed < 0.0 ? -0.5 : 0.5)));
    }
  }
  return all;
}

uint8_t rounded(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kBits, 0, 255)); }

/// `rows` rows of `in` bytes to rows of as many bytes as there are windows.
void across(
    const uint8_t* from, uint8_t* to, int64_t rows, int64_t in, const std::vector<Window>& all) {
  for (int64_t row = 0; row < rows; ++row, from += in) {
    for (const Window& window : all) {
      int32_t sum = kHalf;
      for (size_t k = 0; k < window.weights.size(); ++k) {
        sum += window.weights[k] * from[window.first + static_cast<int64_t>(k)];
      }
      *to++ = rounded(sum);
    }
  }
}

/// `planes` planes of `in` rows of `width` bytes to planes of as many rows as there are windows.
void down(const uint8_t* from,
          uint8_t* to,
          int64_t planes,
          int64_t in,
          int64_t width,
          const std::vector<Window>& all) {
  std::vector<int32_t> sums(static_cast<size_t>(width));
  for (int64_t plane = 0; plane < planes; ++plane, from += in * width) {
    for (const Window& window : all) {
      std::fill(sums.begin(), sums.end(), kHalf);
      const uint8_t* row = from + window.first * width;
      for (const int32_t weight : window.weights) {
        for (int64_t x = 0; x < width; ++x) sums[static_cast<size_t>(x)] += weight * row[x];
        row += width;
      }
      for (const int32_t sum : sums) *to++ = rounded(sum);
    }
  }
}

}  // namespace

at::Tensor resize_bytes(const at::Tensor& nchw, int64_t height, int64_t width, ByteKernel kernel) {
  STRATA_CHECK(nchw.dim() == 4 && nchw.scalar_type() == at::kByte && nchw.is_cpu(),
               "bytes of N x C x H x W on the CPU are expected");
  at::Tensor picture = nchw.contiguous();
  const int64_t planes = picture.size(0) * picture.size(1), rows = picture.size(2);
  if (width != picture.size(3)) {
    const int64_t in = picture.size(3);
    at::Tensor out = at::empty({picture.size(0), picture.size(1), rows, width}, at::kByte);
    across(picture.const_data_ptr<uint8_t>(), out.mutable_data_ptr<uint8_t>(), planes * rows, in,
           windows(in, width, kernel));
    picture = out;
  }
  if (height != rows) {
    at::Tensor out = at::empty({picture.size(0), picture.size(1), height, width}, at::kByte);
    down(picture.const_data_ptr<uint8_t>(), out.mutable_data_ptr<uint8_t>(), planes, rows, width,
         windows(rows, height, kernel));
    picture = out;
  }
  return picture;
}

}  // namespace strata::image

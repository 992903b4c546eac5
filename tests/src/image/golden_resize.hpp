#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::image {

/// One case of tests/golden/resize.py.
struct GoldenResize {
  std::string peer;    ///< "pil" or "torchvision"
  std::string method;  ///< of a resize; empty for a crop
  int64_t height = 0;  ///< of the source
  int64_t width = 0;
  int64_t resize = 0;  ///< of a crop
  int64_t size = 0;
  at::Tensor values;  ///< 3 x H x W, uint8 or float in [0, 1]

  bool bytes() const { return values.scalar_type() == at::kByte; }
};
std::ostream& operator<<(std::ostream& stream, const GoldenResize& golden);

std::vector<GoldenResize> golden_resizes();
std::vector<GoldenResize> golden_crops();

/// The script's picture, 1 x 3 x H x W, uint8.
at::Tensor golden_picture(int64_t height, int64_t width);
/// The same as the case wants it: uint8, or float in [0, 1].
at::Tensor golden_source(const GoldenResize& golden);

}  // namespace strata::image

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::nn {

/// From a picture (RGB in [0, 1]) to the network's input: x' = (range * x - mean) / std, in the
/// network's order of channels. `size`, `resize` and `interpolation` are for probes, which fit
/// every picture: its short side is scaled to `resize`, then `size` x `size` are cut out.
struct Preprocessing {
  bool bgr = false;
  double range = 1.0;                 ///< 1 or 255
  std::vector<double> mean{0, 0, 0};  ///< in the network's channel order and range
  std::vector<double> std{1, 1, 1};
  int64_t size = 224;
  int64_t resize = 256;
  std::string interpolation = "bilinear-antialias";  ///< a name that image::resize knows
};

/// N x 3 x H x W, RGB in [0, 1], any float dtype, to the network's input in the same dtype.
at::Tensor preprocess(const at::Tensor& rgb_nchw_01, const Preprocessing& p);
/// dL/dx from dL/dx'.
at::Tensor preprocess_backward(const at::Tensor& gradient, const Preprocessing& p);

}  // namespace strata::nn

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace strata::nn {

/// How a convolution's border is filled.
enum class Padding { zeros, reflect, replicate, circular };

using Pair = std::array<int64_t, 2>;  ///< height, width

// One struct an operation: its attributes. Shapes are NCHW; C is the input's channels.

/// The network's input, N x channels x H x W, after preprocessing.
struct Input {
  int64_t channels = 3;
};
/// y = W * x + b. Parameters NAME.weight (out x in/groups x kh x kw), NAME.bias (out) if `bias`.
struct Conv2d {
  int64_t in = 0;
  int64_t out = 0;
  Pair kernel{3, 3};
  Pair stride{1, 1};
  Pair padding{0, 0};
  Pair dilation{1, 1};
  int64_t groups = 1;
  bool bias = true;
  Padding fill = Padding::zeros;
};
struct Relu {};
/// Padded positions count as minus infinity (max) or as zeros (average, where count_padding).
struct Pool2d {
  enum class Kind { max, average };
  Kind kind = Kind::max;
  Pair kernel{2, 2};
  Pair stride{2, 2};
  Pair padding{0, 0};
  bool ceil = false;          ///< output size rounded up, as Caffe does
  bool count_padding = true;  ///< average only
  double scale = 1.0;         ///< the output is multiplied by it
};
/// Average over a grid of size.h x size.w cells (torch.nn.AdaptiveAvgPool2d).
struct AdaptiveAveragePool2d {
  Pair size{1, 1};
};
/// y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias, per channel: always with the
/// stored statistics. NAME.num_batches_tracked in a file is known and ignored.
struct BatchNorm2d {
  int64_t channels = 0;
  double epsilon = 1e-5;
};
/// Sum of all inputs.
struct Add {};
/// Inputs side by side along the channels.
struct Concat {};
/// N x C x H x W -> N x CHW.
struct Flatten {};
/// y = W x + b on the last dimension.
struct Linear {
  int64_t in = 0;
  int64_t out = 0;
  bool bias = true;
};
/// Identity outside training.
struct Dropout {
  double probability = 0.5;
};
/// The parameter-free shortcut of the CIFAR ResNets (option A; He et al. 2016, section 4.2): every
/// stride-th position, zeros for the new channels, `before` of them in front and `after` behind.
struct ShortcutA {
  int64_t stride = 2;
  int64_t before = 0;
  int64_t after = 0;
};

using Op = std::variant<Input,
                        Conv2d,
                        Relu,
                        Pool2d,
                        AdaptiveAveragePool2d,
                        BatchNorm2d,
                        Add,
                        Concat,
                        Flatten,
                        Linear,
                        Dropout,
                        ShortcutA>;

}  // namespace strata::nn

#pragma once

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// A loss's value and, where it was asked for, its gradient to what the loss was given.
struct Loss {
  double value = 0.0;
  at::Tensor gradient;  ///< shape, dtype and layout of the features or the image; else undefined
};

enum class Want { value, gradient };

/// A loss on the features of one tap against a target that it holds. Values are computed in
/// float64, gradients in closed form (no autograd) in the precision of the features.
class TapTerm {
 public:
  virtual ~TapTerm() = default;
  /// weight * loss(F) and d(weight * loss)/dF for features 1 x C x H x W, which are not changed.
  virtual Loss evaluate(const at::Tensor& features, double weight, Want want) const = 0;
  /// Whether the gradient is the value's: a line search may trust it.
  virtual bool exact_gradient() const { return true; }
  /// Whether the loss can be computed tile by tile with the same result.
  virtual bool tileable() const = 0;
};

/// A loss on the picture itself, without a target.
class Regulariser {
 public:
  virtual ~Regulariser() = default;
  /// weight * loss(x) and its gradient for x = image, 1 x 3 x H x W, RGB in [0, 1].
  virtual Loss evaluate(const at::Tensor& rgb_nchw_01, double weight, Want want) const = 0;
  virtual bool exact_gradient() const { return true; }
  virtual bool tileable() const = 0;
};

}  // namespace strata::styletransfer

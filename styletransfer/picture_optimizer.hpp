#pragma once

#include "optim/objective.hpp"
#include "styletransfer/preset.hpp"

#include <memory>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// An optimiser at work on a picture. The picture is not held in [0, 1]: a clamp in between would
/// change the point behind the optimiser's history.
class PictureOptimizer {
 public:
  virtual ~PictureOptimizer() = default;
  /// One iteration. What the function throws passes through, and so does NumericalError; then
  /// `last_good` is what is worth keeping.
  virtual optim::Step iterate(const optim::Function& function) = 0;
  /// Where it stands.
  virtual const at::Tensor& picture() const = 0;
  /// The last accepted picture at which the objective was finite; the start before there is one.
  virtual const at::Tensor& last_good() const = 0;
};

/// Starts at `start` (1 x 3 x H x W, RGB in [0, 1]). Learning rate and epsilon of the settings are
/// in pixel units; for u = pixel_scale * x, a step of r in u is r / pixel_scale in x, and a
/// gradient of g to u is pixel_scale * g to x.
std::unique_ptr<PictureOptimizer> make_picture_optimizer(const at::Tensor& start,
                                                         const OptimizerSettings& settings,
                                                         double pixel_scale);

}  // namespace strata::styletransfer

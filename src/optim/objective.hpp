#pragma once

#include <functional>

#include <ATen/core/Tensor.h>

namespace strata::optim {

/// f(x) and its gradient at one point.
struct Evaluation {
  double loss = 0.0;
  at::Tensor gradient;  ///< of x's shape, dtype and device
};

/// Must not change x. May throw (an interruption, say): optimisers then leave their state at the
/// last accepted point.
using Function = std::function<Evaluation(const at::Tensor& x)>;

/// What one iteration of an optimiser did.
struct Step {
  double loss = 0.0;           ///< at the accepted point
  double gradient_norm = 0.0;  ///< infinity norm there
  int64_t evaluations = 0;     ///< so far
  int64_t iterations = 0;      ///< so far
  enum class Status {
    running,
    converged,  ///< gradient tolerance reached, or exactly zero gradient
    stalled,    ///< no step lowers the loss any more
  } status = Status::running;
};

}  // namespace strata::optim

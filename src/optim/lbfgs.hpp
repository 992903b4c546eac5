#pragma once

#include "optim/objective.hpp"

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

namespace strata::optim {

struct LbfgsOptions {
  int64_t history = 10;               ///< pairs kept, 1..200
  double gradient_tolerance = 0;      ///< stop at an infinity norm of the gradient at or below it
  double relative_curvature = 1e-10;  ///< a pair is kept where y.s > this * |y| |s|
  /// Length of the very first trial, as a share of |x| (Euclidean); of sqrt(n) where x is zero. A
  /// search that starts at 1/|g| needs about ten evaluations on pictures to find the scale.
  double first_length = 0.1;
  int64_t max_evaluations_per_search = 20;
  double armijo = 1e-4;   ///< sufficient decrease
  double wolfe = 0.9;     ///< curvature condition
  void validate() const;  ///< throws UsageError
};

/// L-BFGS (Nocedal 1980; Nocedal and Wright, algorithm 7.4) with a line search for the strong Wolfe
/// conditions. Invariant to the scale of the objective: c * f gives the same iterates for every
/// c > 0, since every test is relative and the first step is found by a search that starts from a
/// length in x. History is one matrix. Sums in float64, one small tensor is read an evaluation. A
/// loss or gradient that is not finite at the start, or however short the step, throws
/// NumericalError; x stays at the last accepted point.
class Lbfgs {
 public:
  /// `start`: float32 or float64, any shape and device, kept as it is.
  Lbfgs(const at::Tensor& start, const LbfgsOptions& options);
  ~Lbfgs();
  Lbfgs(Lbfgs&&) noexcept;

  /// One iteration: direction, line search, update of the history. The first one evaluates at the
  /// start, too.
  Step iterate(const Function& function);
  /// Of the start's shape and memory format.
  const at::Tensor& x() const;
  /// dL/dx at x(), in x's shape; undefined before the first evaluation.
  at::Tensor gradient() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace strata::optim

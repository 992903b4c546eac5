#pragma once

#include "optim/objective.hpp"

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace strata::optim {

struct AdamOptions {
  double learning_rate = 0.02;  ///< in units of x
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  void validate() const;
};

/// Adam (Kingma and Ba 2015, algorithm 1) on one tensor, without autograd.
class Adam {
 public:
  Adam(const at::Tensor& start, const AdamOptions& options);

  /// Evaluates at x, then moves. Step::loss is that of the point before the move.
  Step iterate(const Function& function);
  const at::Tensor& x() const { return x_; }
  /// For constraints (a clamp) and for carrying the state to another size.
  at::Tensor& mutable_x() { return x_; }
  const at::Tensor& first_moment() const { return m_; }
  const at::Tensor& second_moment() const { return v_; }
  void set_moments(const at::Tensor& first, const at::Tensor& second, int64_t steps);
  int64_t steps() const { return steps_; }

 private:
  at::Tensor x_, m_, v_;
  AdamOptions options_;
  int64_t steps_ = 0;
  int64_t evaluations_ = 0;
};

}  // namespace strata::optim

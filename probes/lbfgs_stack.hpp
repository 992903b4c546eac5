#pragma once

#include "optim/curvature.hpp"

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// The histories of K L-BFGS runs side by side, each on N variables of its own: what
/// optim/curvature.hpp does for one, with the vectors of all in one matrix. float64.
class LbfgsStack {
 public:
  LbfgsStack(int64_t problems, int64_t pairs, int64_t variables);

  struct Directions {
    at::Tensor vectors;          ///< K x N
    std::vector<double> slopes;  ///< gradient . direction, below 0 where the gradient is not 0
  };
  /// From the gradients (K x N) that `keep` was last given; -gradient for a run without pairs.
  Directions directions(const at::Tensor& gradients);
  /// Takes the pairs of all runs, K x N each, where their curvature allows; those of steps of
  /// length zero never. `gradients`: at the ends of the steps.
  void keep(at::Tensor s, at::Tensor y, const at::Tensor& gradients);

  bool empty(int64_t problem) const { return curvatures_[at(problem)].empty(); }
  void forget(int64_t problem) { curvatures_[at(problem)].clear(); }
  /// Goes on with these alone, in this order.
  void select(const std::vector<int64_t>& problems);

 private:
  static size_t at(int64_t problem) { return static_cast<size_t>(problem); }
  int64_t count() const { return static_cast<int64_t>(curvatures_.size()); }
  void store(const at::Tensor& s, const at::Tensor& y);
  std::vector<optim::Curvature::PairProducts> measure(const at::Tensor& s,
                                                      const at::Tensor& y,
                                                      const at::Tensor& gradients);

  int64_t slots_;
  std::vector<optim::Curvature> curvatures_;
  std::vector<optim::Curvature::GradientProducts> gradients_;  ///< of the gradients last given
  at::Tensor vectors_;                                         ///< K x 2 slots x N: all s, all y
};

}  // namespace strata::probes

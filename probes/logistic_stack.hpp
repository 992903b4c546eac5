#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// Points of K logistic problems side by side: weights d x K x C in standardised units, intercepts
/// K x C. Also their gradients and directions. float32.
struct StackedPoint {
  at::Tensor weights;
  at::Tensor bias;

  StackedPoint of(const at::Tensor& problems) const;  ///< index along K
  /// Sums over everything but K, in float64: K.
  at::Tensor dot(const StackedPoint& other) const;
  /// this += factor * other, a factor for each problem (K, float64).
  void add(const at::Tensor& factor, const StackedPoint& other);
  StackedPoint clone() const;
};

/// What is known of the problems at a point.
struct StackedState {
  at::Tensor objective;      ///< K, float64
  at::Tensor nll;            ///< K, float64: mean over the rows that train
  at::Tensor probabilities;  ///< n x K x C, float32
  at::Tensor row_nll;        ///< n x K, float32: of every row, whether it trains or not
};

/// K problems of multinomial logistic regression on the same features, that differ in the rows they
/// train on (solver.hpp has the objective). Each standardises by its own training rows; that is
/// done inside, so that one product with the features serves all.
class LogisticStack {
 public:
  /// features: n x d, float32, columns about standardised already. labels: n, int64. trains: n x K,
  /// bool; at least one row each.
  LogisticStack(const at::Tensor& features,
                const at::Tensor& labels,
                int64_t classes,
                const at::Tensor& trains,
                bool standardise);

  int64_t count() const { return scale_.size(1); }
  int64_t classes() const { return classes_; }
  /// The problems of these numbers alone.
  LogisticStack of(const at::Tensor& problems) const;
  /// Weights zero, intercepts the logarithms of the classes' shares: the minimum without features.
  StackedPoint start() const;

  /// n x K x C; a class without training rows has -1e30.
  at::Tensor logits(const StackedPoint& point) const;
  StackedState state(const StackedPoint& point, double lambda) const;
  StackedPoint gradient(const StackedPoint& point, const StackedState& state, double lambda) const;
  /// The Hessian at the state's point times a direction.
  StackedPoint curvature(const StackedPoint& direction,
                         const StackedState& state,
                         double lambda) const;

  /// A shift of all intercepts of a problem changes nothing: takes its part out of K x C.
  at::Tensor without_shift(const at::Tensor& bias) const;

  /// Weights in units of the features given and the intercepts that belong to them.
  StackedPoint unstandardised(const StackedPoint& point) const;

 private:
  LogisticStack() = default;
  at::Tensor forward(const StackedPoint& point) const;      ///< n x K x C, without the class mask
  StackedPoint adjoint(const at::Tensor& residuals) const;  ///< of forward

  at::Tensor features_;  ///< n x d
  at::Tensor labels_;    ///< n x 1 x 1
  int64_t classes_ = 0;
  at::Tensor mean_;    ///< d x K
  at::Tensor scale_;   ///< d x K: 1 / standard deviation; 0 where that is 0
  at::Tensor weight_;  ///< n x K: 1 / n_k for rows that train, else 0
  at::Tensor absent_;  ///< 1 x K x C: 0, or -1e30 for classes without training rows
};

}  // namespace strata::probes

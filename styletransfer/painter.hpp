#pragma once

#include "base/stop_signal.hpp"
#include "styletransfer/masks/protection.hpp"
#include "styletransfer/objective.hpp"
#include "styletransfer/observer.hpp"
#include "styletransfer/picture_optimizer.hpp"

#include <cstdint>
#include <functional>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// Runs an optimiser over one scale after the other and knows, at every instant, the last picture
/// worth keeping.
class Painter {
 public:
  /// What a scale adds to the work of the whole run, for progress.
  struct Stage {
    size_t scale = 0;
    size_t scales = 1;
    int64_t iterations = 1;
    double work_before = 0.0;  ///< in [0, 1]
    double work_after = 1.0;
    /// Where the content must stay; null: nowhere. Pictures that are kept, shown and returned are
    /// those that it allows.
    const Protection* protection = nullptr;
  };
  using Evaluate = std::function<ObjectiveValue(const at::Tensor& picture)>;

  Painter(const StopSignal& stop, Observers& observers) : stop_(stop), observers_(observers) {}

  /// `iterations` iterations from `start`, fewer where the optimiser converges or stalls. Before
  /// each evaluation the stop signal is heard: a request throws Stopped. A loss or a gradient that
  /// is not finite, and that the optimiser cannot step back from, is a NumericalError that names
  /// the term.
  at::Tensor paint(const Evaluate& objective,
                   const at::Tensor& start,
                   const Stage& stage,
                   const OptimizerSettings& settings,
                   double pixel_scale);

  /// Thrown out of `paint` where a stop was requested.
  struct Stopped {};

  /// The last picture with a finite objective, or the start of the scale where there is none yet;
  /// undefined before the first `paint`.
  const at::Tensor& last_good() const { return last_good_; }
  int64_t evaluations() const { return evaluations_; }

 private:
  optim::Evaluation evaluate(const Evaluate& objective,
                             const at::Tensor& variable,
                             const Protection* protection);

  const StopSignal& stop_;
  Observers& observers_;
  at::Tensor last_good_;
  std::string culprit_;  // what is not finite at the latest evaluation
  int64_t evaluations_ = 0;
};

}  // namespace strata::styletransfer

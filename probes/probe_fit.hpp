#pragma once

#include "probes/solver.hpp"
#include "probes/sweep.hpp"
#include "probes/task.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// One probe: trained on all folds but one with one lambda, tested on that one.
struct FoldFit {
  int64_t repeat = 0, fold = 0;
  double lambda = 0.0;
  int64_t training_rows = 0, test_rows = 0;
  double accuracy = 0.0;
  double nll = 0.0;  ///< natural logarithm; infinite where a test class was not trained
  int64_t iterations = 0;
  double kkt_residual = 0.0;
  bool converged = false;
  /// Accuracy of this lambda in the other folds alone: each of them tested by probes that were
  /// trained on the rest, so that neither saw this fold. NaN where one of them did not converge.
  double inner_accuracy = std::numeric_limits<double>::quiet_NaN();
  /// Whether this is the lambda that this fold reports: the best inner accuracy of those that
  /// converged, the stronger of equals.
  bool chosen = false;
};

/// The test part, judged once: lambda by the folds, trained on all of them.
struct HeldOutFit {
  double lambda = 0.0;
  int64_t rows = 0;
  double accuracy = 0.0;
  double nll = 0.0;
  bool converged = false;
};

/// All probes on one matrix of features.
struct ProbeFit {
  std::vector<FoldFit> fits;  ///< repeats, then folds, then lambdas from strong to weak
  /// Each row's class as predicted in the first repeat by the chosen probe of its fold; -1 for rows
  /// of the test part and of folds without a choice.
  std::vector<int64_t> predictions;
  std::optional<HeldOutFit> test;
  /// Every fold found a lambda that converged. If not, nothing may be ranked by it.
  bool converged() const;
};

/// Fits all probes of a task on features (n x d, float32). `progress` counts single fits and may
/// throw to stop.
ProbeFit fit_probe(const at::Tensor& features,
                   const ProbeTask& task,
                   const ProbeChoice& choice,
                   const SolverProgress& progress = {});

/// How many single fits fit_probe makes.
int64_t count_fits(const ProbeChoice& choice);

}  // namespace strata::probes

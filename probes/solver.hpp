#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// Multinomial logistic regression on one layer's features, for all folds and penalties at once.
/// For one fold and one lambda, over the n_t rows that the fold trains on,
///
///   F(W, b) = 1/n_t sum_i -log softmax(W^T z_i + b)[y_i] + lambda/2 |W|^2,
///
/// where z are the features, standardised by mean and standard deviation (the biased one) of the
/// training rows where `standardise`. The intercept b is not penalised. Lambda is per sample:
/// scikit-learn's C is 1 / (n_t lambda).
struct LogisticProblem {
  at::Tensor features;          ///< n x d, float32, on the CPU, raw
  std::vector<int64_t> labels;  ///< n, in 0..classes-1
  int64_t classes = 0;          ///< at least 2; a class without training rows has no say: see cell
  /// n, in 0..fold_count-1: the fold a row is tested in; it trains all others. -1: in no test set.
  std::vector<int64_t> folds;
  int64_t fold_count = 0;
  std::vector<double> lambdas;  ///< > 0, any order
  bool standardise = true;      ///< a column that is constant on the training rows is left out
  void validate() const;        ///< throws UsageError (lambdas) or InputError (everything else)
};

struct LogisticOptions {
  /// Converged means a scale-free KKT residual at or below this:
  ///   |grad F| / (|lambda W| + |grad F - lambda W|),
  /// where the intercepts' gradient counts as that of a feature of typical size. F is then about
  /// within 4 tolerance^2 F of its minimum, since F is lambda-convex in W.
  double tolerance = 1e-4;
  int64_t max_iterations = 5000;  ///< of L-BFGS, for one cell
  int64_t threads = 0;            ///< of LibTorch while it runs; 0: as they are set
  bool probabilities = false;     ///< fills LogisticCell::probabilities
  void validate() const;          ///< throws UsageError
};

/// What was found for one lambda and one fold. Not converged: the best point so far.
struct LogisticCell {
  double lambda = 0.0;
  int64_t fold = 0;
  int64_t training_rows = 0, test_rows = 0;
  double objective = 0.0;  ///< F
  double train_nll = 0.0;  ///< mean over the training rows, natural logarithm
  double test_nll = 0.0;   ///< mean over the test rows; infinite where a test row's class has no
                           ///< training row, since such a class gets probability 0
  double accuracy = 0.0;   ///< share of test rows predicted right
  int64_t iterations = 0;
  double kkt_residual = 0.0;
  bool converged = false;
  std::vector<int64_t> predictions;  ///< of the fold's test rows, in row order
  at::Tensor probabilities;          ///< test rows x classes, float64; undefined unless asked for
};

/// Cells done and cells in all; calls do not overlap, but may come from other threads. May throw to
/// stop.
using SolverProgress = std::function<void(int64_t done, int64_t total)>;

/// All cells, folds innermost: cell (i, k) of lambda i (in the order given) and fold k is at
/// i * fold_count + k. The result does not depend on the order of rows (up to rounding). Folds and
/// groups of lambdas are fitted on as many threads as LibTorch has; the result does not depend on
/// how many.
std::vector<LogisticCell> fit_logistic(const LogisticProblem& problem,
                                       const LogisticOptions& options,
                                       const SolverProgress& progress = {});

/// One fit on all rows, in units of the raw features: logits = x W + b.
struct LogisticModel {
  at::Tensor weights;  ///< d x classes, float64
  at::Tensor bias;     ///< classes, float64; -infinity for a class without rows
  double objective = 0.0;
  int64_t iterations = 0;
  double kkt_residual = 0.0;
  bool converged = false;
};

/// Fits on all rows with one lambda; folds and lambdas of the problem are ignored.
LogisticModel fit_logistic_model(const LogisticProblem& problem,
                                 double lambda,
                                 const LogisticOptions& options);

}  // namespace strata::probes

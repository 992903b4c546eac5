#include "probes/probe_fit.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

// Lambda is chosen by predictions, which settle long before the last digits of the objective.
constexpr double kInnerTolerance = 1e-3;

/// Counts single fits over all calls of the solver.
class FitCounter {
 public:
  FitCounter(const SolverProgress& progress, int64_t total) : progress_(progress), total_(total) {}

  SolverProgress next(int64_t fits) {
    const int64_t before = begun_;
    begun_ += fits;
    if (!progress_) return {};
    return [this, before, fits](int64_t done, int64_t all) {
      progress_(before + (all > 0 ? fits * done / all : 0), total_);
    };
  }

 private:
  const SolverProgress& progress_;
  int64_t total_;
  int64_t begun_ = 0;
};

std::vector<int64_t> rows_where(const std::vector<int64_t>& folds, auto&& wanted) {
  std::vector<int64_t> rows;
  for (size_t i = 0; i < folds.size(); ++i) {
    if (wanted(folds[i])) rows.push_back(static_cast<int64_t>(i));
  }
  return rows;
}

/// The task restricted to `rows`, with the folds given for these.
LogisticProblem problem_of(const at::Tensor& features,
                           const ProbeTask& task,
                           const std::vector<int64_t>& rows,
                           const std::vector<double>& lambdas) {
  LogisticProblem problem;
  problem.features = features.index_select(0, at::tensor(rows, at::kLong));
  problem.classes = static_cast<int64_t>(task.classes.size());
  for (const int64_t row : rows) problem.labels.push_back(task.labels[static_cast<size_t>(row)]);
  problem.lambdas = lambdas;
  return problem;
}

std::vector<LogisticCell> fit_outer(const at::Tensor& features,
                                    const ProbeTask& task,
                                    const std::vector<int64_t>& folds,
                                    const ProbeChoice& choice,
                                    const SolverProgress& progress) {
  const std::vector<int64_t> rows = rows_where(folds, [](int64_t fold) { return fold >= 0; });
  LogisticProblem problem = problem_of(features, task, rows, choice.lambdas);
  for (const int64_t row : rows) problem.folds.push_back(folds[static_cast<size_t>(row)]);
  problem.fold_count = task.fold_count;
  return fit_logistic(problem, {.tolerance = choice.tolerance}, progress);
}

/// Accuracy of each lambda in all folds but `outer`, by probes that never saw `outer`.
std::vector<double> inner_accuracies(const at::Tensor& features,
                                     const ProbeTask& task,
                                     const std::vector<int64_t>& folds,
                                     int64_t outer,
                                     const ProbeChoice& choice,
                                     const SolverProgress& progress) {
  const std::vector<int64_t> rows =
      rows_where(folds, [&](int64_t fold) { return fold >= 0 && fold != outer; });
  LogisticProblem problem = problem_of(features, task, rows, choice.lambdas);
  for (const int64_t row : rows) {
    const int64_t fold = folds[static_cast<size_t>(row)];
    problem.folds.push_back(fold < outer ? fold : fold - 1);
  }
  problem.fold_count = task.fold_count - 1;
  const auto cells =
      fit_logistic(problem, {.tolerance = std::max(choice.tolerance, kInnerTolerance)}, progress);

  std::vector<double> accuracies;
  for (size_t i = 0; i < choice.lambdas.size(); ++i) {
    double right = 0, tested = 0;
    for (int64_t k = 0; k < problem.fold_count; ++k) {
      const LogisticCell& cell =
          cells[i * static_cast<size_t>(problem.fold_count) + static_cast<size_t>(k)];
      tested += static_cast<double>(cell.test_rows);
      right += cell.converged ? cell.accuracy * static_cast<double>(cell.test_rows)
                              : std::numeric_limits<double>::quiet_NaN();
    }
    accuracies.push_back(right / tested);
  }
  return accuracies;
}

FoldFit fold_fit(const LogisticCell& cell, int64_t repeat, double inner_accuracy) {
  return {.repeat = repeat,
          .fold = cell.fold,
          .lambda = cell.lambda,
          .training_rows = cell.training_rows,
          .test_rows = cell.test_rows,
          .accuracy = cell.accuracy,
          .nll = cell.test_nll,
          .iterations = cell.iterations,
          .kkt_residual = cell.kkt_residual,
          .converged = cell.converged,
          .inner_accuracy = inner_accuracy,
          .chosen = false};
}

/// The index of the lambda to report: the first of the best, so the strongest.
std::optional<size_t> choose(const std::vector<FoldFit>& path) {
  std::optional<size_t> best;
  for (size_t i = 0; i < path.size(); ++i) {
    if (!path[i].converged || std::isnan(path[i].inner_accuracy)) continue;
    if (!best || path[i].inner_accuracy > path[*best].inner_accuracy) best = i;
  }
  return best;
}

/// The lambda with the best mean accuracy over all folds and repeats, of those that converged in
/// all of them.
std::optional<double> best_over_folds(const std::vector<FoldFit>& fits,
                                      const std::vector<double>& lambdas) {
  std::optional<double> best;
  double best_accuracy = 0;
  for (const double lambda : lambdas) {
    double right = 0;
    bool converged = true;
    for (const FoldFit& fit : fits) {
      if (fit.lambda != lambda) continue;
      right += fit.accuracy * static_cast<double>(fit.test_rows);
      converged = converged && fit.converged;
    }
    if (!converged || (best && right <= best_accuracy)) continue;
    best = lambda;
    best_accuracy = right;
  }
  return best;
}

std::optional<HeldOutFit> fit_test(const at::Tensor& features,
                                   const ProbeTask& task,
                                   double lambda,
                                   const ProbeChoice& choice,
                                   const SolverProgress& progress) {
  std::vector<int64_t> rows(task.rows.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
  LogisticProblem problem = problem_of(features, task, rows, {lambda});
  for (const bool test : task.test) problem.folds.push_back(test ? 0 : -1);
  problem.fold_count = 1;
  const LogisticCell cell =
      fit_logistic(problem, {.tolerance = choice.tolerance}, progress).front();
  return HeldOutFit{lambda, cell.test_rows, cell.accuracy, cell.test_nll, cell.converged};
}

}  // namespace

bool ProbeFit::converged() const {
  for (const FoldFit& fit : fits) {
    // Every path of lambdas has its choice.
    const bool found = std::any_of(fits.begin(), fits.end(), [&](const FoldFit& other) {
      return other.repeat == fit.repeat && other.fold == fit.fold && other.chosen;
    });
    if (!found) return false;
  }
  return !fits.empty();
}

int64_t count_fits(const ProbeChoice& choice) {
  const auto lambdas = static_cast<int64_t>(choice.lambdas.size());
  return choice.repeats * choice.folds * choice.folds * lambdas;
}

ProbeFit fit_probe(const at::Tensor& features,
                   const ProbeTask& task,
                   const ProbeChoice& choice,
                   const SolverProgress& progress) {
  const auto lambda_count = static_cast<int64_t>(choice.lambdas.size());
  const int64_t folds = task.fold_count;
  FitCounter counter(progress, count_fits(choice));
  ProbeFit result;
  result.predictions.assign(task.rows.size(), -1);
  for (size_t repeat = 0; repeat < task.folds.size(); ++repeat) {
    const std::vector<int64_t>& fold_of = task.folds[repeat];
    const auto cells =
        fit_outer(features, task, fold_of, choice, counter.next(lambda_count * folds));
    for (int64_t fold = 0; fold < folds; ++fold) {
      const auto inner = inner_accuracies(features, task, fold_of, fold, choice,
                                          counter.next(lambda_count * (folds - 1)));
      std::vector<FoldFit> path;
      for (int64_t i = 0; i < lambda_count; ++i) {
        path.push_back(fold_fit(cells[static_cast<size_t>(i * folds + fold)],
                                static_cast<int64_t>(repeat), inner[static_cast<size_t>(i)]));
      }
      if (const auto chosen = choose(path)) {
        path[*chosen].chosen = true;
        if (repeat == 0) {
          const auto& cell =
              cells[*chosen * static_cast<size_t>(folds) + static_cast<size_t>(fold)];
          const auto rows = rows_where(fold_of, [&](int64_t f) { return f == fold; });
          for (size_t i = 0; i < rows.size(); ++i) {
            result.predictions[static_cast<size_t>(rows[i])] = cell.predictions[i];
          }
        }
      }
      result.fits.insert(result.fits.end(), path.begin(), path.end());
    }
  }
  const bool has_test = std::any_of(task.test.begin(), task.test.end(), [](bool t) { return t; });
  if (const auto lambda = best_over_folds(result.fits, choice.lambdas); has_test && lambda) {
    result.test = fit_test(features, task, *lambda, choice, {});
  }
  return result;
}

}  // namespace strata::probes

#include "probes/solver.hpp"

#include "base/error.hpp"
#include "probes/logistic_newton.hpp"
#include "probes/logistic_stack.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::probes {
namespace {

/// Sets LibTorch's threads and sets them back.
class Threads {
 public:
  explicit Threads(int64_t threads) : before_(at::get_num_threads()) {
    if (threads > 0) at::set_num_threads(static_cast<int>(threads));
  }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

// Columns of mean 0 and variance 1 over all rows: near what each fold will make of them, and in a
// range where float32 products are at their best. A column without spread becomes zero.
struct Standardised {
  at::Tensor features;  // n x d, float32
  at::Tensor mean;      // d, float64
  at::Tensor scale;     // d, float64
};

Standardised standardised(const at::Tensor& features, bool wanted) {
  const at::Tensor x = features.to(at::kDouble);
  Standardised s;
  if (!wanted) {
    s.mean = at::zeros({x.size(1)}, at::kDouble);
    s.scale = at::ones({x.size(1)}, at::kDouble);
    s.features = features.contiguous();
    return s;
  }
  s.mean = x.mean(0);
  const at::Tensor centred = x - s.mean;
  const at::Tensor deviation = centred.square().mean(0).sqrt_();
  const at::Tensor varies = deviation > 1e-6 * x.square().mean(0).sqrt_();
  s.scale = at::where(varies, deviation.reciprocal(), at::zeros_like(deviation));
  s.features = (centred * s.scale).to(at::kFloat).contiguous();
  return s;
}

std::vector<size_t> strong_to_weak(const std::vector<double>& lambdas) {
  std::vector<size_t> order(lambdas.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return lambdas[a] > lambdas[b]; });
  return order;
}

at::Tensor training_rows(const LogisticProblem& problem) {
  const at::Tensor folds = at::tensor(problem.folds, at::kLong);
  return folds.unsqueeze(1) != at::arange(problem.fold_count, at::kLong).unsqueeze(0);
}

// Predictions and scores of one fold's test rows.
void score(LogisticCell& cell,
           const at::Tensor& logits,  // n x C
           const std::vector<int64_t>& rows,
           const LogisticProblem& problem,
           bool probabilities) {
  const at::Tensor test = logits.index_select(0, at::tensor(rows, at::kLong)).to(at::kDouble);
  const at::Tensor log_p = at::log_softmax(test, 1);
  const at::Tensor predicted = test.argmax(1);
  double nll = 0.0;
  int64_t right = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t label = problem.labels[static_cast<size_t>(rows[i])];
    const auto row = static_cast<int64_t>(i);
    cell.predictions.push_back(predicted[row].item<int64_t>());
    right += cell.predictions.back() == label ? 1 : 0;
    const double value = log_p[row][label].item<double>();
    nll -= value > -1e29 ? value : -std::numeric_limits<double>::infinity();
  }
  const auto count = static_cast<double>(rows.size());
  cell.test_rows = static_cast<int64_t>(rows.size());
  cell.test_nll = rows.empty() ? std::numeric_limits<double>::quiet_NaN() : nll / count;
  cell.accuracy =
      rows.empty() ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(right) / count;
  if (probabilities) cell.probabilities = log_p.exp();
}

}  // namespace

void LogisticProblem::validate() const {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw InputError("logistic regression: " + what);
  };
  require(features.defined() && features.dim() == 2 && features.numel() > 0,
          "features are a matrix of at least one row and one column");
  require(features.scalar_type() == at::kFloat && features.device().is_cpu(),
          "features are float32 on the CPU");
  const auto n = static_cast<size_t>(features.size(0));
  require(labels.size() == n, fmt::format("{} labels for {} rows", labels.size(), n));
  require(classes >= 2, fmt::format("{} classes; two are needed", classes));
  for (size_t i = 0; i < n; ++i) {
    require(labels[i] >= 0 && labels[i] < classes,
            fmt::format("row {} has label {}, outside of 0..{}", i, labels[i], classes - 1));
  }
  require(features.isfinite().all().item<bool>(), "features are not all finite");
  if (lambdas.empty()) throw UsageError("lambdas: none given");
  for (const double lambda : lambdas) {
    if (!(lambda > 0 && std::isfinite(lambda))) {
      throw UsageError(fmt::format("lambdas: found {}, expected numbers above 0", lambda));
    }
  }
}

void LogisticOptions::validate() const {
  if (!(tolerance > 0 && tolerance < 1)) {
    throw UsageError(fmt::format("tolerance: found {}, expected a number from 0 to 1", tolerance));
  }
  if (max_iterations < 1) {
    throw UsageError(fmt::format("max_iterations: found {}, expected at least 1", max_iterations));
  }
}

std::vector<LogisticCell> fit_logistic(const LogisticProblem& problem,
                                       const LogisticOptions& options,
                                       const SolverProgress& progress) {
  problem.validate();
  options.validate();
  const size_t n = problem.labels.size();
  const auto folds = static_cast<size_t>(problem.fold_count);
  if (problem.folds.size() != n || folds < 1) {
    throw InputError(
        fmt::format("logistic regression: folds of {} rows for {} rows", problem.folds.size(), n));
  }
  std::vector<std::vector<int64_t>> test_rows(folds);
  for (size_t i = 0; i < n; ++i) {
    if (problem.folds[i] < 0) continue;
    STRATA_CHECK(problem.folds[i] < problem.fold_count, "a fold that is not there");
    test_rows[static_cast<size_t>(problem.folds[i])].push_back(static_cast<int64_t>(i));
  }
  for (size_t k = 0; k < folds; ++k) {
    if (test_rows[k].size() == n) {
      throw InputError(fmt::format("logistic regression: fold {} has no rows to train on", k));
    }
  }
  const c10::NoGradGuard no_grad;
  const Threads threads(options.threads);
  const Standardised data = standardised(problem.features, problem.standardise);
  const SpectralPreconditioner preconditioner(data.features);
  const LogisticStack stack(data.features, at::tensor(problem.labels, at::kLong), problem.classes,
                            training_rows(problem), problem.standardise);

  const auto total = static_cast<int64_t>(problem.lambdas.size() * folds);
  int64_t done = 0;
  const auto on_done = [&](int64_t count) {
    done += count;
    if (progress) progress(done, total);
  };
  std::vector<LogisticCell> cells(problem.lambdas.size() * folds);
  StackedPoint point = stack.start();
  for (const size_t i : strong_to_weak(problem.lambdas)) {
    const double lambda = problem.lambdas[i];
    NewtonResult found = minimise(stack, point, lambda, preconditioner,
                                  {options.tolerance, options.max_iterations}, on_done);
    point = std::move(found.point);
    const StackedState state = stack.state(point, lambda);
    const at::Tensor logits = stack.logits(point);
    for (size_t k = 0; k < folds; ++k) {
      const auto fold = static_cast<int64_t>(k);
      LogisticCell& cell = cells[i * folds + k];
      cell.lambda = lambda;
      cell.fold = fold;
      cell.training_rows = static_cast<int64_t>(n - test_rows[k].size());
      cell.objective = state.objective[fold].item<double>();
      cell.train_nll = state.nll[fold].item<double>();
      cell.iterations = found.iterations[k];
      cell.kkt_residual = found.kkt[fold].item<double>();
      cell.converged = cell.kkt_residual <= options.tolerance;
      score(cell, logits.select(1, fold), test_rows[k], problem, options.probabilities);
    }
  }
  return cells;
}

LogisticModel fit_logistic_model(const LogisticProblem& problem,
                                 double lambda,
                                 const LogisticOptions& options) {
  LogisticProblem checked = problem;
  checked.lambdas = {lambda};
  checked.validate();
  options.validate();
  const c10::NoGradGuard no_grad;
  const Threads threads(options.threads);
  const Standardised data = standardised(problem.features, problem.standardise);
  const at::Tensor labels = at::tensor(problem.labels, at::kLong);
  const LogisticStack stack(data.features, labels, problem.classes,
                            at::ones({data.features.size(0), 1}, at::kBool), problem.standardise);
  const NewtonResult found =
      minimise(stack, stack.start(), lambda, SpectralPreconditioner(data.features),
               {options.tolerance, options.max_iterations}, {});
  const StackedPoint raw = stack.unstandardised(found.point);
  LogisticModel model;
  // z = (x - mean) scale was what the stack was given.
  model.weights = raw.weights.select(1, 0) * data.scale.unsqueeze(1);
  model.bias = raw.bias.select(0, 0) - at::mv(model.weights.t(), data.mean);
  const at::Tensor present = at::bincount(labels, {}, problem.classes) > 0;
  model.bias = at::where(present, model.bias,
                         at::full_like(model.bias, -std::numeric_limits<double>::infinity()));
  model.objective = stack.state(found.point, lambda).objective[0].item<double>();
  model.iterations = found.iterations[0];
  model.kkt_residual = found.kkt[0].item<double>();
  model.converged = model.kkt_residual <= options.tolerance;
  return model;
}

}  // namespace strata::probes

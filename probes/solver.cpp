#include "probes/solver.hpp"

#include "base/error.hpp"
#include "probes/logistic_path.hpp"
#include "probes/logistic_space.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>

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

// Columns of one product: enough for it to run at full speed.
constexpr int64_t kColumns = 128;
// Numbers of a fold, up to which several folds are fitted at a time, each on a thread of its own;
// larger ones one after the other, with all threads in each product and the memory of one fold.
constexpr int64_t kSmall = int64_t{1} << 24;

at::Tensor indices(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

/// The classes that have rows to train on, and those rows' labels in numbers of theirs: a class
/// without rows would have an intercept of minus infinity and no say in anything else.
struct PresentClasses {
  std::vector<int64_t> classes;
  at::Tensor labels;

  PresentClasses(const at::Tensor& all, int64_t count) {
    const at::Tensor rows = at::bincount(all, {}, count);
    std::vector<int64_t> numbers(static_cast<size_t>(count), 0);
    for (int64_t c = 0; c < count; ++c) {
      numbers[static_cast<size_t>(c)] = static_cast<int64_t>(classes.size());
      if (rows[c].item<int64_t>() > 0) classes.push_back(c);
    }
    labels = indices(numbers).index_select(0, all);
  }
  int64_t count() const { return static_cast<int64_t>(classes.size()); }
};

/// What all lambdas of a fold, or the fit on all rows, have in common.
struct Part {
  LogisticSpace space;
  PresentClasses present;
  at::Tensor test_labels;

  Part(const LogisticProblem& problem,
       const at::Tensor& training,
       const at::Tensor& test,
       Axes axes = Axes::unwanted)
      : space(logistic_space(problem.features, training, test, problem.standardise, axes)),
        present(indices(problem.labels).index_select(0, training), problem.classes),
        test_labels(indices(problem.labels).index_select(0, test)) {}

  std::vector<LogisticPathPoint> fit(const std::vector<double>& lambdas,
                                     const LogisticOptions& options,
                                     const std::function<void(int64_t)>& on_done) const {
    return fit_path(space, present.labels, present.count(), lambdas,
                    {options.tolerance, options.max_iterations}, on_done);
  }
};

// Predictions and scores of a fold's test rows.
void score(LogisticCell& cell, const Part& part, const at::Tensor& weights, int64_t classes) {
  const at::Tensor logits = at::mm(part.space.others, weights.t());
  const double infinity = std::numeric_limits<double>::infinity();
  at::Tensor log_p = at::full({logits.size(0), classes}, -infinity, at::kDouble);
  log_p.index_copy_(1, indices(part.present.classes), at::log_softmax(logits, 1));
  const at::Tensor predicted = log_p.argmax(1);
  cell.test_rows = predicted.size(0);
  cell.predictions.assign(predicted.data_ptr<int64_t>(),
                          predicted.data_ptr<int64_t>() + predicted.numel());
  cell.accuracy = (predicted == part.test_labels).to(at::kDouble).mean().item<double>();
  cell.test_nll = -log_p.gather(1, part.test_labels.unsqueeze(1)).mean().item<double>();
  cell.probabilities = log_p.exp_();
}

/// Fits cells fold by fold, groups of lambdas within a fold, on the threads there are.
class FoldFits {
 public:
  FoldFits(const LogisticProblem& problem,
           const LogisticOptions& options,
           const SolverProgress& progress)
      : problem_(problem),
        options_(options),
        progress_(progress),
        folds_(static_cast<size_t>(problem.fold_count)),
        cells_(problem.lambdas.size() * folds_.size()) {
    // Neighbours in different groups, so that all take about as long.
    const auto lambdas = static_cast<int64_t>(problem.lambdas.size());
    const int64_t width = std::max<int64_t>(1, kColumns / problem.classes);
    groups_ = (lambdas + width - 1) / width;
    std::vector<size_t> order(problem.lambdas.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return problem.lambdas[a] > problem.lambdas[b]; });
    members_.resize(static_cast<size_t>(groups_));
    for (size_t i = 0; i < order.size(); ++i) members_[i % members_.size()].push_back(order[i]);
  }

  std::vector<LogisticCell> run() {
    const int64_t tasks = problem_.fold_count * groups_;
    const int64_t rows = problem_.features.size(0);
    const auto fit = [this](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) fit_group(i / groups_, i % groups_);
    };
    if (rows * std::min(rows, problem_.features.size(1)) <= kSmall) {
      at::parallel_for(0, tasks, 1, fit);
    } else {
      fit(0, tasks);
    }
    return std::move(cells_);
  }

 private:
  struct Fold {
    std::once_flag made;
    std::unique_ptr<Part> part;
    std::atomic<int64_t> groups_done = 0;
  };

  std::unique_ptr<Part> make_part(int64_t fold) const {
    const at::Tensor folds = indices(problem_.folds);
    return std::make_unique<Part>(problem_, at::nonzero(folds != fold).flatten(),
                                  at::nonzero(folds == fold).flatten());
  }

  void fit_group(int64_t fold, int64_t group) {
    const c10::NoGradGuard no_grad;
    Fold& mine = folds_[static_cast<size_t>(fold)];
    std::call_once(mine.made, [&] { mine.part = make_part(fold); });
    const Part& part = *mine.part;
    const auto& members = members_[static_cast<size_t>(group)];
    std::vector<double> lambdas;
    for (const size_t i : members) lambdas.push_back(problem_.lambdas[i]);
    const auto points = part.fit(lambdas, options_, [this](int64_t cells) { report(cells); });
    for (size_t i = 0; i < members.size(); ++i) {
      const LogisticPathPoint& point = points[i];
      LogisticCell& cell = cells_[members[i] * folds_.size() + static_cast<size_t>(fold)];
      cell.lambda = lambdas[i];
      cell.fold = fold;
      cell.training_rows = part.space.training.size(0);
      cell.objective = point.objective;
      cell.train_nll = point.nll;
      cell.iterations = point.iterations;
      cell.kkt_residual = point.kkt_residual;
      cell.converged = point.kkt_residual <= options_.tolerance;
      score(cell, part, point.weights, problem_.classes);
      if (!options_.probabilities) cell.probabilities.reset();
    }
    if (++mine.groups_done == groups_) mine.part.reset();
  }

  void report(int64_t cells) {
    const std::lock_guard lock(mutex_);
    done_ += cells;
    if (progress_) progress_(done_, static_cast<int64_t>(cells_.size()));
  }

  const LogisticProblem& problem_;
  const LogisticOptions& options_;
  const SolverProgress& progress_;
  std::vector<Fold> folds_;
  std::vector<LogisticCell> cells_;
  int64_t groups_ = 1;
  std::vector<std::vector<size_t>> members_;  ///< of each group: numbers of lambdas
  std::mutex mutex_;
  int64_t done_ = 0;
};

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
  std::vector<size_t> test_rows(folds, 0);
  for (const int64_t fold : problem.folds) {
    STRATA_CHECK(fold < problem.fold_count, "a fold that is not there");
    if (fold >= 0) ++test_rows[static_cast<size_t>(fold)];
  }
  for (size_t k = 0; k < folds; ++k) {
    if (test_rows[k] == n) {
      throw InputError(fmt::format("logistic regression: fold {} has no rows to train on", k));
    }
  }
  const Threads threads(options.threads);
  return FoldFits(problem, options, progress).run();
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
  const at::Tensor rows = at::arange(problem.features.size(0), at::kLong);
  const Part part(problem, rows, rows.narrow(0, 0, 0), Axes::wanted);
  const LogisticPathPoint point = part.fit({lambda}, options, {}).front();
  // z = (x - mean) scale, and the coordinates of a row are z . axes.
  const int64_t r = part.space.axes.size(1);
  const at::Tensor weights =
      at::mm(part.space.axes, point.weights.narrow(1, 0, r).t()) * part.space.scale.unsqueeze(1);
  const at::Tensor bias = point.weights.select(1, r) - at::mv(weights.t(), part.space.mean);
  const at::Tensor present = indices(part.present.classes);
  LogisticModel model;
  model.weights = at::zeros({weights.size(0), problem.classes}, at::kDouble);
  model.weights.index_copy_(1, present, weights);
  model.bias = at::full({problem.classes}, -std::numeric_limits<double>::infinity(), at::kDouble);
  model.bias.index_copy_(0, present, bias);
  model.objective = point.objective;
  model.iterations = point.iterations;
  model.kkt_residual = point.kkt_residual;
  model.converged = point.kkt_residual <= options.tolerance;
  return model;
}

}  // namespace strata::probes

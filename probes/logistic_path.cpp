#include "probes/logistic_path.hpp"

#include "optim/line_search.hpp"
#include "probes/lbfgs_stack.hpp"
#include "probes/logistic_margins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

constexpr int64_t kPairs = 3;  // the problems are so well conditioned that more bring nothing
constexpr double kSmallestKappa = 1e-9;
constexpr double kChanged = 4.0;  // times, by which kappa asks for new variables
constexpr int64_t kEvery = 4;     // iterations after which kappa is looked at
constexpr int64_t kIdle = 100;    // iterations without a smaller residual: it is all rounding
constexpr double kSingle = 5e-4;  // relative residual that float32 products are asked for

size_t at_index(int64_t i) { return static_cast<size_t>(i); }

at::Tensor column(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).view({-1, 1, 1});
}

std::vector<double> list(const at::Tensor& t) {
  const at::Tensor dense = t.contiguous();
  return {dense.data_ptr<double>(), dense.data_ptr<double>() + dense.numel()};
}

/// Dot products over classes and all coordinates but the intercept: K.
std::vector<double> weights_dot(const at::Tensor& a, const at::Tensor& b) {
  return list((a * b).narrow(2, 0, a.size(2) - 1).sum({1, 2}));
}

/// One lambda's numbers; its vectors are rows of the stack's tensors.
struct Problem {
  size_t number = 0;  ///< in the list of lambdas
  double lambda = 0.0;
  double kappa = 0.0;
  double objective = 0.0, nll = 0.0;
  double square = 0.0;  ///< |W|^2
  double kkt = std::numeric_limits<double>::infinity(), best = kkt;
  int64_t iterations = 0, idle = 0;
  bool stalled = false;

  // Of the line at hand: |W|^2 at length t is square + t (2 product + t direction_square).
  double slope = 0.0, product = 0.0, direction_square = 0.0;
  double length = 0.0, next_objective = 0.0, next_nll = 0.0, next_slope = 0.0;
};

/// The problems that have not ended, with products of one precision.
class Stack {
 public:
  /// weights: K x C x (r + 1), where to start.
  Stack(const LogisticSpace& space,
        const at::Tensor& labels,
        int64_t classes,
        at::ScalarType type,
        std::vector<Problem> problems,
        const at::Tensor& weights);

  bool empty() const { return problems_.empty(); }
  void iterate();
  /// Takes the problems out that have ended: use(problem, its weights).
  template <class Use>
  void remove_ended(const LogisticPathOptions& options, const Use& use);

 private:
  int64_t count() const { return static_cast<int64_t>(problems_.size()); }
  double rounding() const { return rows_.scalar_type() == at::kDouble ? 1e-14 : 1e-6; }
  at::Tensor logits(const at::Tensor& weights) const;
  void set_variables();
  void set_gradient();
  void search(const at::Tensor& change);
  void try_lengths(const std::vector<int64_t>& which, const at::Tensor& change);
  void move(const at::Tensor& directions, const at::Tensor& step);

  at::Tensor rows_;  ///< n x (r + 1)
  at::Tensor second_moments_;
  OwnClass own_;
  double unit_;  ///< a feature's typical size, which intercepts' gradients are weighed with

  std::vector<Problem> problems_;
  LbfgsStack history_;
  at::Tensor weights_;   ///< K x C x (r + 1)
  at::Tensor penalty_;   ///< K x 1 x (r + 1): lambda, 0 for the intercept
  at::Tensor scale_;     ///< K x 1 x (r + 1): (kappa s + lambda)^-1/2, weights over variables
  at::Tensor gradient_;  ///< K x N, to the variables
  at::Tensor margins_, residuals_;  ///< K x C x n
  at::Tensor next_margins_, next_residuals_;
  int64_t iterations_ = 0;
};

Stack::Stack(const LogisticSpace& space,
             const at::Tensor& labels,
             int64_t classes,
             at::ScalarType type,
             std::vector<Problem> problems,
             const at::Tensor& weights)
    : rows_(space.training.to(type)),
      second_moments_(space.second_moments),
      own_(labels, classes, type),
      unit_(std::sqrt(space.second_moments.mean().item<double>())),
      problems_(std::move(problems)),
      history_(count(), kPairs, weights[0].numel()),
      weights_(weights) {
  std::vector<double> lambdas;
  for (const Problem& p : problems_) lambdas.push_back(p.lambda);
  penalty_ = column(lambdas).repeat({1, 1, weights.size(2)});
  penalty_.select(2, weights.size(2) - 1).zero_();
  margins_ = logits(weights_);
  own_.subtract_from(margins_);
  const MarginFit fit = own_.fit(margins_);
  residuals_ = fit.residuals;
  const std::vector<double> nll = list(fit.nll), square = weights_dot(weights_, weights_);
  for (size_t k = 0; k < problems_.size(); ++k) {
    Problem& p = problems_[k];
    p.nll = nll[k];
    p.square = square[k];
    p.objective = p.nll + 0.5 * p.lambda * p.square;
    p.kappa = 0.0;
    p.best = std::numeric_limits<double>::infinity();
    p.idle = 0;
    p.stalled = false;
  }
  scale_ = at::empty_like(penalty_);
  set_variables();
  set_gradient();
}

at::Tensor Stack::logits(const at::Tensor& weights) const {
  const at::Tensor flat = weights.to(rows_.scalar_type()).view({-1, weights.size(2)});
  return at::mm(flat, rows_.t()).view({weights.size(0), weights.size(1), rows_.size(0)});
}

/// Scales the variables by where the probabilities are now, if that has changed by much.
void Stack::set_variables() {
  const std::vector<double> kappas = list(mean_curvature(residuals_));
  for (int64_t k = 0; k < count(); ++k) {
    Problem& p = problems_[at_index(k)];
    const double kappa = std::max(kappas[at_index(k)], kSmallestKappa);
    if (kappa * kChanged > p.kappa && kappa < p.kappa * kChanged) continue;
    const at::Tensor scale = (second_moments_ * kappa + penalty_[k][0]).rsqrt_();
    if (gradient_.defined()) {
      gradient_[k].view({weights_.size(1), -1}).mul_(scale / scale_[k][0]);
      history_.forget(k);
    }
    scale_[k][0].copy_(scale);
    p.kappa = kappa;
  }
}

void Stack::set_gradient() {
  const at::Tensor loss = at::mm(residuals_.view({-1, rows_.size(0)}), rows_)
                              .to(at::kDouble)
                              .view(weights_.sizes())
                              .div_(static_cast<double>(rows_.size(0)));
  const at::Tensor gradient = at::addcmul(loss, weights_, penalty_);
  gradient_ = (gradient * scale_).view({count(), -1});
  const std::vector<double> square = weights_dot(gradient, gradient);
  const std::vector<double> loss_square = weights_dot(loss, loss);
  const std::vector<double> intercepts =
      list(gradient.select(2, gradient.size(2) - 1).square().sum(1));
  for (size_t k = 0; k < problems_.size(); ++k) {
    Problem& p = problems_[k];
    const double norm = std::sqrt(square[k] + unit_ * unit_ * intercepts[k]);
    const double size = std::sqrt(loss_square[k]) + p.lambda * std::sqrt(p.square);
    p.kkt = norm > 0 && size > 0 ? norm / size : norm;
    p.idle = p.kkt < 0.99 * p.best ? 0 : p.idle + 1;
    p.best = std::min(p.best, p.kkt);
  }
}

/// Evaluates the problems named at their lengths along their lines. All of them come first.
void Stack::try_lengths(const std::vector<int64_t>& which, const at::Tensor& change) {
  const bool all = static_cast<int64_t>(which.size()) == count();
  const at::Tensor index = at::tensor(which, at::kLong);
  const auto part = [&](const at::Tensor& t) { return all ? t : t.index_select(0, index); };
  std::vector<double> lengths;
  for (const int64_t k : which) lengths.push_back(problems_[at_index(k)].length);
  const at::Tensor changes = part(change);
  const at::Tensor margins =
      at::addcmul(part(margins_), changes, column(lengths).to(change.scalar_type()));
  const MarginFit fit = own_.fit(margins);
  const std::vector<double> nll = list(fit.nll);
  const std::vector<double> slope =
      list((fit.residuals * changes).sum(1).mean(1, /*keepdim=*/false, at::kDouble));
  for (size_t i = 0; i < which.size(); ++i) {
    Problem& p = problems_[at_index(which[i])];
    const double t = p.length;
    const double square = p.square + t * (2 * p.product + t * p.direction_square);
    p.next_nll = nll[i];
    p.next_objective = nll[i] + 0.5 * p.lambda * square;
    p.next_slope = slope[i] + p.lambda * (p.product + t * p.direction_square);
  }
  if (all) {
    next_margins_ = margins;
    next_residuals_ = fit.residuals;
  } else {
    next_margins_.index_copy_(0, index, margins);
    next_residuals_.index_copy_(0, index, fit.residuals);
  }
}

/// Line searches of all problems at once. `change`: of the margins, along the directions.
void Stack::search(const at::Tensor& change) {
  using State = optim::LineSearch::State;
  std::vector<optim::LineSearch> searches;
  std::vector<int64_t> searching, failed;
  for (int64_t k = 0; k < count(); ++k) {
    const Problem& p = problems_[at_index(k)];
    const double slope = std::min(p.slope, -std::numeric_limits<double>::min());
    searches.emplace_back(p.objective, slope, 1.0,
                          optim::LineSearchOptions{.rounding = rounding()});
    searching.push_back(k);
  }
  while (!searching.empty()) {
    for (const int64_t k : searching) {
      problems_[at_index(k)].length = searches[at_index(k)].step();
    }
    try_lengths(searching, change);
    std::vector<int64_t> left;
    for (const int64_t k : searching) {
      const Problem& p = problems_[at_index(k)];
      const State state = searches[at_index(k)].report(p.next_objective, p.next_slope);
      if (state == State::searching) left.push_back(k);
      if (state == State::exhausted || state == State::not_finite) failed.push_back(k);
    }
    searching = std::move(left);
  }
  if (failed.empty()) return;
  for (const int64_t k : failed) {
    Problem& p = problems_[at_index(k)];
    p.length = searches[at_index(k)].best();
    p.stalled = p.length == 0.0 && history_.empty(k);
  }
  try_lengths(failed, change);
}

/// To the points that the searches found.
void Stack::move(const at::Tensor& directions, const at::Tensor& step) {
  std::vector<double> lengths, ends;
  for (Problem& p : problems_) {
    lengths.push_back(p.length);
    ends.push_back(optim::end_curvature({.length = p.length,
                                         .loss = p.objective,
                                         .slope = p.slope,
                                         .next_loss = p.next_objective,
                                         .next_slope = p.next_slope},
                                        rounding()));
    p.square += p.length * (2 * p.product + p.length * p.direction_square);
    p.objective = p.next_objective;
    p.nll = p.next_nll;
    ++p.iterations;
  }
  const at::Tensor length = column(lengths);
  weights_.addcmul_(step, length);
  margins_ = next_margins_;
  residuals_ = next_residuals_;
  const at::Tensor before = gradient_;
  set_gradient();
  const at::Tensor y = (gradient_ - before).mul_(column(ends).squeeze(2));
  history_.keep(directions * length.squeeze(2), y, gradient_);
}

void Stack::iterate() {
  const LbfgsStack::Directions directions = history_.directions(gradient_);
  const at::Tensor step = directions.vectors.view(weights_.sizes()) * scale_;
  const std::vector<double> product = weights_dot(weights_, step), square = weights_dot(step, step);
  for (size_t k = 0; k < problems_.size(); ++k) {
    problems_[k].slope = directions.slopes[k];
    problems_[k].product = product[k];
    problems_[k].direction_square = square[k];
  }
  at::Tensor change = logits(step);
  own_.subtract_from(change);
  search(change);
  move(directions.vectors, step);
  for (int64_t k = 0; k < count(); ++k) {
    if (problems_[at_index(k)].length == 0.0) history_.forget(k);
  }
  if (++iterations_ % kEvery == 0) set_variables();
}

template <class Use>
void Stack::remove_ended(const LogisticPathOptions& options, const Use& use) {
  std::vector<int64_t> left;
  std::vector<Problem> problems;
  for (int64_t k = 0; k < count(); ++k) {
    const Problem& p = problems_[at_index(k)];
    if (p.kkt <= options.tolerance || p.iterations >= options.max_iterations || p.stalled ||
        p.idle > kIdle) {
      use(p, weights_[k]);
    } else {
      left.push_back(k);
      problems.push_back(p);
    }
  }
  if (problems.size() == problems_.size()) return;
  problems_ = std::move(problems);
  history_.select(left);
  const at::Tensor index = at::tensor(left, at::kLong);
  for (at::Tensor* t : {&weights_, &penalty_, &scale_, &gradient_, &margins_, &residuals_}) {
    *t = t->index_select(0, index);
  }
}

/// Weights zero, intercepts the logarithms of the classes' shares: the minimum without features.
at::Tensor without_features(const LogisticSpace& space, const at::Tensor& labels, int64_t classes) {
  at::Tensor weights = at::zeros({classes, space.training.size(1)}, at::kDouble);
  const at::Tensor rows = at::bincount(labels, {}, classes).to(at::kDouble);
  weights.select(1, weights.size(1) - 1).copy_((rows / rows.sum()).log_());
  return weights;
}

}  // namespace

std::vector<LogisticPathPoint> fit_path(const LogisticSpace& space,
                                        const at::Tensor& labels,
                                        int64_t classes,
                                        const std::vector<double>& lambdas,
                                        const LogisticPathOptions& options,
                                        const std::function<void(int64_t)>& on_done) {
  const auto count = static_cast<int64_t>(lambdas.size());
  std::vector<Problem> problems(lambdas.size());
  for (size_t i = 0; i < lambdas.size(); ++i) {
    problems[i].number = i;
    problems[i].lambda = lambdas[i];
  }
  at::Tensor weights = without_features(space, labels, classes).repeat({count, 1, 1});
  std::vector<LogisticPathPoint> points(lambdas.size());
  for (const auto type : {at::kFloat, at::kDouble}) {
    const bool last = type == at::kDouble;
    LogisticPathOptions here = options;
    if (!last) here.tolerance = std::max(here.tolerance, kSingle);
    Stack stack(space, labels, classes, type, problems, weights.clone());
    const auto take = [&](const Problem& p, const at::Tensor& found) {
      problems[p.number].iterations = p.iterations;
      weights[static_cast<int64_t>(p.number)].copy_(found);
      points[p.number] = {found.clone(), p.objective, p.nll, p.kkt, p.iterations};
      if (last && on_done) on_done(1);
    };
    for (stack.remove_ended(here, take); !stack.empty(); stack.remove_ended(here, take)) {
      stack.iterate();
    }
  }
  return points;
}

}  // namespace strata::probes

#include "optim/lbfgs.hpp"

#include "base/error.hpp"
#include "optim/curvature.hpp"
#include "optim/dot_products.hpp"
#include "optim/line_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::optim {
namespace {

/// The values in the order in which they lie in memory.
at::Tensor flat(const at::Tensor& t, at::MemoryFormat format) {
  const at::Tensor dense = t.contiguous(format);
  return format == at::MemoryFormat::ChannelsLast ? dense.permute({0, 2, 3, 1}).reshape(-1)
                                                  : dense.view(-1);
}

constexpr int64_t kIdleIterations = 10;

// Rounding errors of a loss are those of the sums behind it.
double rounding_of(at::ScalarType type) { return type == at::kDouble ? 1e-14 : 1e-6; }

}  // namespace

void LbfgsOptions::validate() const {
  const auto require = [](bool holds, const char* name, double value, const char* allowed) {
    if (!holds) throw UsageError(fmt::format("{} {}: must be {}", name, value, allowed));
  };
  require(history >= 1 && history <= 200, "history", static_cast<double>(history), "1 to 200");
  require(gradient_tolerance >= 0, "gradient_tolerance", gradient_tolerance, "at least 0");
  require(relative_curvature >= 0 && relative_curvature < 1, "relative_curvature",
          relative_curvature, "at least 0 and below 1");
  require(first_length > 0 && std::isfinite(first_length), "first_length", first_length, "above 0");
  require(max_evaluations_per_search >= 1, "max_evaluations_per_search",
          static_cast<double>(max_evaluations_per_search), "at least 1");
  require(armijo > 0 && armijo < 0.5, "armijo", armijo, "above 0 and below 0.5");
  require(wolfe > armijo && wolfe < 1, "wolfe", wolfe, "above armijo and below 1");
}

struct Lbfgs::Impl {
  Impl(const at::Tensor& start, const LbfgsOptions& chosen);

  /// Dot products of the free slot's pair and of a gradient with all that is stored.
  struct Products {
    Curvature::PairProducts pair;
    Curvature::GradientProducts gradient;
    double gradient_square = 0.0;
    double slope = 0.0;        ///< gradient . direction
    std::vector<double> more;  ///< other numbers that were read with them
  };

  Step iterate(const Function& function);
  void start(const Function& function);
  void set_direction();
  bool search(const Function& function);
  void try_step(const Function& function, double length);
  Products measure(int64_t g, const at::Tensor& more) const;
  void keep_pair();
  void accept();
  Step step(Step::Status status) const;
  double first_step() const;
  bool converged() const { return norm <= options.gradient_tolerance; }

  at::Tensor row(int64_t i) const { return rows.select(0, i); }
  int64_t s_row(int64_t slot) const { return slot; }
  int64_t y_row(int64_t slot) const { return curvature.slots() + slot; }
  Evaluation evaluate(const Function& function, const at::Tensor& at);

  LbfgsOptions options;
  at::MemoryFormat format;
  Curvature curvature;
  at::Tensor x, trial;
  at::Tensor rows;  ///< s of all slots, y of all slots, gradient, trial's gradient, direction
  int64_t gradient_row, trial_gradient_row, direction_row;

  bool started = false;
  double loss = 0.0, norm = 0.0;
  Products at_x;
  double slope = 0.0;  ///< of the direction at x
  int64_t evaluations = 0, iterations = 0;
  double lowest_loss = std::numeric_limits<double>::infinity();
  double lowest_norm = std::numeric_limits<double>::infinity();
  int64_t idle = 0;  ///< iterations since either was lowered

  // What was found at the trial.
  double trial_length = 0.0, trial_loss = 0.0, trial_norm = 0.0;
  Products at_trial;
};

Lbfgs::Impl::Impl(const at::Tensor& start, const LbfgsOptions& chosen)
    : options(chosen),
      format(start.suggest_memory_format()),
      curvature(chosen.history, chosen.relative_curvature) {
  options.validate();
  STRATA_CHECK(start.scalar_type() == at::kFloat || start.scalar_type() == at::kDouble,
               "L-BFGS works in float32 and float64");
  STRATA_CHECK(format == at::MemoryFormat::Contiguous || format == at::MemoryFormat::ChannelsLast,
               "unknown memory format");
  STRATA_CHECK(start.numel() > 0, "nothing to optimise");
  x = start.detach().clone(format);
  trial = at::empty_like(x);
  const int64_t slots = curvature.slots();
  gradient_row = 2 * slots;
  trial_gradient_row = 2 * slots + 1;
  direction_row = 2 * slots + 2;
  rows = at::zeros({2 * slots + 3, x.numel()}, x.options().memory_format(c10::nullopt));
}

Evaluation Lbfgs::Impl::evaluate(const Function& function, const at::Tensor& at) {
  Evaluation evaluation = function(at);
  STRATA_CHECK(evaluation.gradient.defined() && evaluation.gradient.sizes() == x.sizes(),
               "the gradient is not of x's shape");
  ++evaluations;
  return evaluation;
}

void Lbfgs::Impl::start(const Function& function) {
  const Evaluation evaluation = evaluate(function, x);
  row(gradient_row).copy_(flat(evaluation.gradient, format));
  const at::Tensor g = row(gradient_row).to(at::kDouble);
  const at::Tensor read = at::stack({g.abs().max(), g.dot(g)}).cpu();
  norm = read[0].item<double>();
  at_x.gradient_square = read[1].item<double>();
  loss = evaluation.loss;
  if (!std::isfinite(loss) || !std::isfinite(norm)) {
    throw NumericalError(fmt::format("the {} is not finite at the start",
                                     std::isfinite(loss) ? "gradient" : "loss"));
  }
  at_x.gradient = {std::vector<double>(curvature.slots()), std::vector<double>(curvature.slots())};
  started = true;
}

void Lbfgs::Impl::set_direction() {
  const auto direction = curvature.direction(at_x.gradient);
  std::vector<double> coefficients = direction.s;
  coefficients.insert(coefficients.end(), direction.y.begin(), direction.y.end());
  coefficients.resize(rows.size(0), 0.0);
  coefficients[gradient_row] = direction.gradient;
  const at::Tensor c = at::tensor(coefficients, at::kDouble).to(rows.options());
  row(direction_row).copy_(at::mv(rows.t(), c));
  slope = direction.gradient * at_x.gradient_square;
  for (int64_t i = 0; i < curvature.slots(); ++i) {
    slope += direction.s[i] * at_x.gradient.s[i] + direction.y[i] * at_x.gradient.y[i];
  }
}

double Lbfgs::Impl::first_step() const {
  if (!curvature.empty()) return 1.0;
  const double size = x.norm().item<double>();
  const double length = size > 0 ? size : std::sqrt(static_cast<double>(x.numel()));
  return options.first_length * length / std::sqrt(at_x.gradient_square);
}

Lbfgs::Impl::Products Lbfgs::Impl::measure(int64_t g, const at::Tensor& more) const {
  const int64_t slots = curvature.slots(), slot = curvature.free_slot();
  const int64_t s = s_row(slot), y = y_row(slot);
  const at::Tensor read = at::cat({dot_products(rows, {s, y, g}).flatten(), more}).cpu();
  const double* p = read.data_ptr<double>();
  const auto dot = [&](int64_t r, int64_t column) { return p[r * 3 + column]; };
  Products products;
  for (int64_t i = 0; i < slots; ++i) {
    products.pair.s_y.push_back(dot(y_row(i), 0));
    products.pair.y_s.push_back(dot(s_row(i), 1));
    products.pair.y_y.push_back(dot(y_row(i), 1));
    products.gradient.s.push_back(dot(s_row(i), 2));
    products.gradient.y.push_back(dot(y_row(i), 2));
  }
  products.pair.s_s = dot(s, 0);
  products.gradient_square = dot(g, 2);
  products.slope = dot(direction_row, 2);
  for (int64_t i = rows.size(0) * 3; i < read.numel(); ++i) products.more.push_back(p[i]);
  return products;
}

void Lbfgs::Impl::try_step(const Function& function, double length) {
  flat(trial, format).copy_(row(direction_row));
  trial.mul_(length).add_(x);
  const Evaluation evaluation = evaluate(function, trial);
  const int64_t s = s_row(curvature.free_slot()), y = y_row(curvature.free_slot());
  const int64_t g = trial_gradient_row;
  row(g).copy_(flat(evaluation.gradient, format));
  row(s).copy_(flat(trial, format)).sub_(flat(x, format));
  row(y).copy_(row(g)).sub_(row(gradient_row));
  at_trial = measure(g, row(g).abs().max().to(at::kDouble).view(1));
  trial_length = length;
  trial_loss = evaluation.loss;
  trial_norm = at_trial.more[0];
  if (!std::isfinite(trial_norm)) {
    const at::Tensor bad = at::tensor({s, y, g}, at::kLong).to(rows.device());
    rows.index_fill_(0, bad, 0.0);
  }
}

void Lbfgs::Impl::keep_pair() {
  if (!curvature.acceptable(at_trial.pair)) return;
  const int64_t slots = curvature.slots(), slot = curvature.free_slot();
  const double scale = end_curvature({.length = trial_length,
                                      .loss = loss,
                                      .slope = slope,
                                      .next_loss = trial_loss,
                                      .next_slope = at_trial.slope},
                                     rounding_of(x.scalar_type()));
  row(y_row(slot)).mul_(scale);
  for (double& product : at_trial.pair.y_s) product *= scale;
  for (double& product : at_trial.pair.y_y) product *= scale;
  at_trial.pair.y_y[slot] *= scale;
  at_trial.pair.s_y[slot] *= scale;
  at_trial.gradient.y[slot] *= scale;
  const auto combination = curvature.conjugation(at_trial.pair);
  if (std::any_of(combination.begin(), combination.end(), [](double c) { return c != 0; })) {
    const at::Tensor others = at::tensor(combination, at::kDouble).to(rows.options());
    row(s_row(slot)).sub_(at::mv(rows.narrow(0, s_row(0), slots).t(), others));
    row(y_row(slot)).sub_(at::mv(rows.narrow(0, y_row(0), slots).t(), others));
    at_trial = measure(trial_gradient_row, at::empty({0}, rows.options().dtype(at::kDouble)));
    if (!curvature.acceptable(at_trial.pair)) return;
  }
  curvature.push(at_trial.pair);
}

void Lbfgs::Impl::accept() {
  keep_pair();
  std::swap(x, trial);
  std::swap(gradient_row, trial_gradient_row);
  loss = trial_loss;
  norm = trial_norm;
  at_x = at_trial;
  idle = loss < lowest_loss || norm < lowest_norm ? 0 : idle + 1;
  lowest_loss = std::min(lowest_loss, loss);
  lowest_norm = std::min(lowest_norm, norm);
}

Step Lbfgs::Impl::step(Step::Status status) const {
  return {.loss = loss,
          .gradient_norm = norm,
          .evaluations = evaluations,
          .iterations = iterations,
          .status = status};
}

bool Lbfgs::Impl::search(const Function& function) {
  LineSearch line(loss, slope, first_step(),
                  {.armijo = options.armijo,
                   .wolfe = options.wolfe,
                   .rounding = rounding_of(x.scalar_type()),
                   .growth = curvature.empty() ? 1000.0 : 10.0,
                   .max_evaluations = options.max_evaluations_per_search});
  auto state = LineSearch::State::searching;
  while (state == LineSearch::State::searching) {
    try_step(function, line.step());
    if (at_trial.pair.s_s == 0.0) return false;  // too short to be seen in x's precision
    state = line.report(trial_loss, at_trial.slope);
  }
  if (state == LineSearch::State::not_finite) {
    throw NumericalError(fmt::format("the {} is not finite at evaluation {}, nor at longer steps",
                                     std::isfinite(trial_loss) ? "gradient" : "loss", evaluations));
  }
  if (state == LineSearch::State::accepted) return true;
  if (line.best() == 0.0) return false;
  try_step(function, line.best());
  return true;
}

Step Lbfgs::Impl::iterate(const Function& function) {
  const c10::NoGradGuard no_grad;
  if (!started) start(function);
  if (converged()) return step(Step::Status::converged);
  set_direction();
  bool found = slope < 0 && search(function);
  if (!found && !curvature.empty()) {  // what is known of the curvature misleads
    curvature.clear();
    set_direction();
    found = search(function);
  }
  if (!found) return step(Step::Status::stalled);
  accept();
  ++iterations;
  if (converged()) return step(Step::Status::converged);
  return step(idle > kIdleIterations ? Step::Status::stalled : Step::Status::running);
}

Lbfgs::Lbfgs(const at::Tensor& start, const LbfgsOptions& options)
    : impl_(std::make_unique<Impl>(start, options)) {}
Lbfgs::~Lbfgs() = default;
Lbfgs::Lbfgs(Lbfgs&&) noexcept = default;

Step Lbfgs::iterate(const Function& function) { return impl_->iterate(function); }
const at::Tensor& Lbfgs::x() const { return impl_->x; }
at::Tensor Lbfgs::gradient() const {
  if (!impl_->started) return {};
  const at::Tensor g = impl_->row(impl_->gradient_row);
  if (impl_->format == at::MemoryFormat::ChannelsLast) {
    const auto& x = impl_->x;
    return g.view({x.size(0), x.size(2), x.size(3), x.size(1)}).permute({0, 3, 1, 2});
  }
  return g.view(impl_->x.sizes());
}

}  // namespace strata::optim

#include "optim/line_search.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace strata::optim {
namespace {

struct Cubic {
  double a_step, a_loss, a_slope;
  double b_step, b_loss, b_slope;
};

/// The minimum of the cubic through two points with slopes (Nocedal and Wright, eq. 3.59); nothing
/// where it has none.
std::optional<double> minimum(const Cubic& c) {
  const double h = c.b_step - c.a_step;
  const double d1 = c.a_slope + c.b_slope - 3 * (c.b_loss - c.a_loss) / h;
  const double largest = std::max({std::abs(d1), std::abs(c.a_slope), std::abs(c.b_slope)});
  const double radicand =
      (d1 / largest) * (d1 / largest) - (c.a_slope / largest) * (c.b_slope / largest);
  if (!(radicand >= 0)) return std::nullopt;
  const double d2 = std::copysign(largest * std::sqrt(radicand), h);
  const double step = c.b_step - h * (c.b_slope + d2 - d1) / (c.b_slope - c.a_slope + 2 * d2);
  if (!std::isfinite(step)) return std::nullopt;
  return step;
}

/// Where the slope is zero if it changes linearly.
double secant(double a_step, double a_slope, double b_step, double b_slope) {
  return a_step - a_slope * (b_step - a_step) / (b_slope - a_slope);
}

}  // namespace

LineSearch::LineSearch(double loss, double slope, double step, const LineSearchOptions& options)
    : options_(options),
      start_{0.0, loss, slope},
      low_(start_),
      step_(step),
      limit_(std::numeric_limits<double>::infinity()) {
  STRATA_CHECK(slope < 0 && step > 0, "not a direction of descent");
}

bool LineSearch::flat(const Point& p) const {
  return std::abs(p.loss - start_.loss) <= options_.rounding * std::abs(start_.loss);
}

bool LineSearch::sufficient(const Point& p) const {
  if (p.loss <= start_.loss + options_.armijo * p.step * start_.slope) return true;
  return flat(p) && p.slope <= (2 * options_.armijo - 1) * start_.slope;
}

/// A point inside the bracket: the cubic's minimum, kept off the ends.
double LineSearch::between() const {
  const Point& a = low_;
  const Point& b = *high_;
  const double width = std::abs(b.step - a.step);
  std::optional<double> step;
  if (!flat(a) || !flat(b)) {
    step = minimum({a.step, a.loss, a.slope, b.step, b.loss, b.slope});
  } else if (a.slope * b.slope < 0) {
    step = secant(a.step, a.slope, b.step, b.slope);
  }
  const double left = std::min(a.step, b.step), right = std::max(a.step, b.step);
  if (!step) return 0.5 * (left + right);
  const double margin = 0.1 * width;
  return std::clamp(*step, left + margin, right - margin);
}

/// A step beyond `to`, the longest so far, where the function still falls.
double LineSearch::beyond(const Point& from, const Point& to) const {
  std::optional<double> step =
      minimum({from.step, from.loss, from.slope, to.step, to.loss, to.slope});
  if (step && *step <= to.step) step.reset();
  if (!step && to.slope > from.slope) step = secant(from.step, from.slope, to.step, to.slope);
  const double longest = options_.growth * to.step;
  const double chosen = std::clamp(step.value_or(longest), 1.1 * to.step, longest);
  return chosen < limit_ ? chosen : 0.5 * (to.step + limit_);
}

LineSearch::State LineSearch::next(double step) {
  step_ = step;
  return evaluations_ < options_.max_evaluations ? State::searching : State::exhausted;
}

LineSearch::State LineSearch::report(double loss, double slope) {
  ++evaluations_;
  if (!std::isfinite(loss) || !std::isfinite(slope)) {
    if (++not_finite_ > options_.max_not_finite) return State::not_finite;
    limit_ = step_;
    return next(low_.step + options_.shrink_not_finite * (step_ - low_.step));
  }
  not_finite_ = 0;
  const Point trial{step_, loss, slope};
  const bool higher = trial.loss > low_.loss && !(flat(trial) && flat(low_));
  if (!sufficient(trial) || higher) {
    high_ = trial;
  } else if (std::abs(slope) <= -options_.wolfe * start_.slope) {
    return State::accepted;
  } else {
    // The minimum lies on the side to which the function falls.
    const Point before = low_;
    if (high_ ? slope * (high_->step - trial.step) >= 0 : slope >= 0) high_ = before;
    low_ = trial;
    if (!high_) return next(beyond(before, trial));
  }
  // Halved, where two trials did not shrink the bracket by a third (More and Thuente 1994).
  const double width = std::abs(high_->step - low_.step);
  const double inside = between();
  const bool slow = width_ > 0 && width > 0.66 * width_;
  width_ = width;
  return next(slow ? 0.5 * (low_.step + high_->step) : inside);
}

double end_curvature(const LineStep& step, double rounding) {
  const double mean = step.length * (step.next_slope - step.slope);
  if (!(mean > 10 * rounding * std::abs(step.loss))) return 1.0;
  const double theta =
      6 * (step.loss - step.next_loss) + 3 * step.length * (step.slope + step.next_slope);
  return std::clamp(1 + theta / mean, 0.5, 2.0);
}

}  // namespace strata::optim

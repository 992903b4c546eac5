#pragma once

#include <cstdint>
#include <optional>

namespace strata::optim {

struct LineSearchOptions {
  double armijo = 1e-4;  ///< sufficient decrease: f(t) <= f(0) + armijo t f'(0)
  double wolfe = 0.9;    ///< curvature: |f'(t)| <= wolfe |f'(0)|
  /// Relative rounding error of a loss: losses closer than this times |f(0)| are told apart by
  /// their slopes alone (the approximate Wolfe conditions of Hager and Zhang 2005, eq. 4.1).
  double rounding = 1e-14;
  double growth = 10.0;                ///< a step is at most this many times the one before
  int64_t max_evaluations = 20;        ///< of one search
  int64_t max_not_finite = 5;          ///< how many trials in a row may be not finite
  double shrink_not_finite = 1.0 / 8;  ///< what such a trial is shortened by
};

/// A search for the strong Wolfe conditions along a line (Nocedal and Wright, algorithms 3.5 and
/// 3.6) that is told losses and slopes and says where to look next; it never sees a vector. All its
/// tests are relative: c f gives the same steps as f.
class LineSearch {
 public:
  enum class State {
    searching,   ///< evaluate at `step()` and report
    accepted,    ///< the last trial is the point
    exhausted,   ///< too many trials; `best()` is the lowest point seen, 0 for none below the start
    not_finite,  ///< too many trials in a row that were not finite
  };

  /// Starts with f(0) and f'(0) < 0; the first trial is at `step`.
  LineSearch(double loss, double slope, double step, const LineSearchOptions& options);

  double step() const { return step_; }
  /// What was found at `step()`; not finite, where either is not.
  State report(double loss, double slope);
  double best() const { return low_.step; }

 private:
  struct Point {
    double step = 0.0, loss = 0.0, slope = 0.0;
  };

  bool sufficient(const Point& p) const;
  bool flat(const Point& p) const;
  double between() const;
  double beyond(const Point& from, const Point& to) const;
  State next(double step);

  LineSearchOptions options_;
  Point start_, low_;
  std::optional<Point> high_;  ///< the minimum lies between low and high
  double step_;
  double width_ = 0.0;  ///< of the bracket two trials ago
  double limit_;        ///< no trial at or beyond: the function was not finite there
  int64_t evaluations_ = 0, not_finite_ = 0;
};

/// One step along a line: losses and slopes at its two ends.
struct LineStep {
  double length = 0.0;
  double loss = 0.0, slope = 0.0;
  double next_loss = 0.0, next_slope = 0.0;
};

/// y.s of a quasi-Newton pair is the mean curvature along the step. This is the curvature at the
/// end of the step over that mean, by the cubic through both ends with their slopes (Zhang, Deng
/// and Chen 1999, eq. 2.8): 1 on quadratics, held in [1/2, 2], and 1 where the losses are too close
/// for their `rounding` (LineSearchOptions) to tell. Pairs with y times this serve the next step
/// better.
double end_curvature(const LineStep& step, double rounding);

}  // namespace strata::optim

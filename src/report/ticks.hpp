#pragma once

#include <string>
#include <vector>

namespace strata::report {

struct Tick {
  double at = 0.0;
  std::string text;      ///< empty: a small mark without a label
  std::string exponent;  ///< of "10" on a log axis, written raised; usually empty
};

struct Ticks {
  std::vector<Tick> marks;  ///< ascending
  double low = 0.0;         ///< the ends of the axis
  double high = 1.0;
};

enum class Ends {
  keep,    ///< the axis ends where it was asked to
  extend,  ///< the axis ends at a tick
};

/// Ticks at multiples of 1, 2, 2.5 or 5 times a power of ten, at most `most` (>= 2) of them where
/// the ends are kept. All labels have as many decimals as the step needs. low <= high, both finite;
/// low == high is widened.
Ticks linear_ticks(double low, double high, int most, Ends ends);

/// Ticks of a log axis, 0 < low <= high: powers of ten (every k-th where they are more than
/// `most`), small marks between them; over less than two decades also labels at 2 and 5.
Ticks log_ticks(double low, double high, int most);

}  // namespace strata::report

#include "report/ticks.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace strata::report {
namespace {

constexpr const char* kMinus = "\u2212";  // the sign, not the shorter hyphen

struct Step {
  double size = 1.0;
  int decimals = 0;
};

/// The smallest nice step that cuts `span` into at most `most` - 1 pieces.
Step nice_step(double span, int most) {
  constexpr std::array<double, 4> kNice = {1, 2, 2.5, 5};
  const double least = span / (most - 1);
  int exponent = static_cast<int>(std::floor(std::log10(least)));
  for (;; ++exponent) {
    for (const double nice : kNice) {
      const double size = nice * std::pow(10.0, exponent);
      if (size >= least * (1 - 1e-9)) {
        return {size, std::max(0, -exponent + (nice == 2.5 ? 1 : 0))};
      }
    }
  }
}

std::string number(double value, const Step& step) {
  if (std::abs(value) < 1e-9 * step.size) value = 0;
  const std::string digits = std::abs(value) >= 1e6 || step.decimals > 5
                                 ? fmt::format("{:g}", std::abs(value))
                                 : fmt::format("{:.{}f}", std::abs(value), step.decimals);
  return (value < 0 ? kMinus : "") + digits;
}

}  // namespace

Ticks linear_ticks(double low, double high, int most, Ends ends) {
  STRATA_CHECK(std::isfinite(low) && std::isfinite(high) && low <= high && most >= 2,
               "an axis needs finite ends");
  // Below this share of its size a span is rounding, not data.
  const double size = std::max(std::abs(low), std::abs(high));
  if (high - low <= 1e-9 * size || high == low) {
    const double widen = size == 0 ? 0.5 : 0.05 * size;
    low -= widen;
    high += widen;
  }
  const Step step = nice_step(high - low, most);
  double first = std::ceil(low / step.size - 1e-6), last = std::floor(high / step.size + 1e-6);
  Ticks ticks{{}, low, high};
  if (ends == Ends::extend) {
    first = std::floor(low / step.size + 1e-6);
    last = std::ceil(high / step.size - 1e-6);
    ticks.low = first * step.size;
    ticks.high = last * step.size;
  }
  for (double k = first; k <= last; ++k) {
    ticks.marks.push_back({k * step.size, number(k * step.size, step), ""});
  }
  return ticks;
}

Ticks log_ticks(double low, double high, int most) {
  STRATA_CHECK(std::isfinite(low) && std::isfinite(high) && low > 0 && low <= high,
               "a log axis needs positive, finite ends");
  if (high < low * 1.01) {
    low /= 1.5;
    high *= 1.5;
  }
  Ticks ticks{{}, low, high};
  const int first = static_cast<int>(std::floor(std::log10(low)));
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  const bool short_axis = std::log10(high / low) < 2;
  const int every = std::max(1, (last - first + most) / std::max(1, most));
  for (int exponent = first; exponent <= last; ++exponent) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double at = digit * std::pow(10.0, exponent);
      if (at < low * (1 - 1e-9) || at > high * (1 + 1e-9)) continue;
      Tick tick{at, "", ""};
      if (short_axis && (digit == 1 || digit == 2 || digit == 5)) {
        tick.text = fmt::format("{:g}", at);
      } else if (digit == 1 && exponent % every == 0) {
        tick.text = "10";
        tick.exponent = (exponent < 0 ? kMinus : "") + std::to_string(std::abs(exponent));
      }
      // Marks between the powers are noise where powers themselves are left out.
      if (!tick.text.empty() || every == 1) ticks.marks.push_back(tick);
    }
  }
  return ticks;
}

}  // namespace strata::report

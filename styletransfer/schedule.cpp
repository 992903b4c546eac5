#include "styletransfer/schedule.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cmath>

namespace strata::styletransfer {
namespace {

std::vector<Scale> fixed_scales(const std::vector<Scale>& fixed, int64_t size) {
  std::vector<Scale> scales;
  for (const Scale& scale : fixed) {
    scales.push_back(scale);
    if (scale.long_side == 0 || scale.long_side >= size) break;
  }
  scales.back().long_side = size;
  return scales;
}

std::vector<Scale> geometric_scales(const ScheduleRule& rule, int64_t size) {
  std::vector<int64_t> sides{size};
  for (int k = 1;; ++k) {
    const auto side =
        static_cast<int64_t>(std::lround(static_cast<double>(size) / std::pow(rule.ratio, k)));
    if (side < rule.smallest) break;
    sides.push_back(side);
  }
  std::reverse(sides.begin(), sides.end());
  std::vector<Scale> scales;
  for (size_t k = 0; k < sides.size(); ++k) {
    const bool spaced = rule.between == ScheduleRule::Between::even || k == 0;
    const double part = spaced && sides.size() > 1
                            ? static_cast<double>(k) / static_cast<double>(sides.size() - 1)
                            : 1.0;
    const double iterations = (1.0 - part) * static_cast<double>(rule.first_iterations) +
                              part * static_cast<double>(rule.iterations);
    scales.push_back({sides[k], static_cast<int64_t>(std::lround(iterations))});
  }
  return scales;
}

}  // namespace

std::vector<Scale> plan_scales(const ScheduleRule& rule,
                               int64_t size,
                               std::optional<int64_t> iterations) {
  STRATA_CHECK(size >= 1 && rule.ratio > 1.0 && rule.smallest >= 1, "a schedule without scales");
  std::vector<Scale> scales =
      rule.fixed.empty() ? geometric_scales(rule, size) : fixed_scales(rule.fixed, size);
  if (iterations) {
    const double factor =
        static_cast<double>(*iterations) / static_cast<double>(scales.back().iterations);
    for (Scale& scale : scales) {
      const auto scaled =
          static_cast<int64_t>(std::lround(factor * static_cast<double>(scale.iterations)));
      scale.iterations = std::max<int64_t>(1, scaled);
    }
    scales.back().iterations = *iterations;
  }
  return scales;
}

}  // namespace strata::styletransfer

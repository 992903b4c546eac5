#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace strata::styletransfer {

/// One scale of a run: its long side in pixels and how many iterations the optimiser makes there.
struct Scale {
  int64_t long_side = 0;
  int64_t iterations = 0;
  bool operator==(const Scale&) const = default;
};

/// How a preset spreads a run over scales. Either `fixed`: the sizes up to the one asked for, which
/// takes the place of the last (a long side of 0 stands for any size); or geometric: sizes
/// round(size / ratio^k) down to `smallest`, the first with `first_iterations`, the last with
/// `iterations`, those between spaced evenly between the two or as many as the last.
struct ScheduleRule {
  std::vector<Scale> fixed;
  int64_t smallest = 128;
  double ratio = 1.4142135623730951;
  int64_t first_iterations = 0;
  int64_t iterations = 0;
  enum class Between { even, last } between = Between::even;
};

/// The scales of a run to `size`, coarse to fine; the last has long side `size`. `iterations`
/// replaces those of the last scale, and the coarser ones change by the same factor (at least one
/// each).
std::vector<Scale> plan_scales(const ScheduleRule& rule,
                               int64_t size,
                               std::optional<int64_t> iterations);

}  // namespace strata::styletransfer

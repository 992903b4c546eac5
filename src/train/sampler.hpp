#pragma once

#include <cstdint>
#include <vector>

namespace strata::train {

/// The order in which a run sees its pictures: sample p = 0, 1, 2, ... is row `row(p)` of the data
/// set. Each epoch is a shuffle of its own, drawn from the seed and the epoch's number alone, so a
/// run can begin at any sample.
class Sampler {
 public:
  Sampler(int64_t rows, uint64_t seed);
  int64_t row(int64_t sample);
  int64_t epoch(int64_t sample) const { return sample / rows_; }

 private:
  int64_t rows_;
  uint64_t seed_;
  int64_t shuffled_ = -1;  ///< the epoch that `order_` belongs to
  std::vector<int64_t> order_;
};

}  // namespace strata::train

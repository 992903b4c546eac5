#include "train/sampler.hpp"

#include "base/error.hpp"
#include "base/random.hpp"

#include <numeric>
#include <span>
#include <string>

namespace strata::train {

Sampler::Sampler(int64_t rows, uint64_t seed) : rows_(rows), seed_(seed), order_(rows) {
  STRATA_CHECK(rows > 0, "a sampler without rows");
}

int64_t Sampler::row(int64_t sample) {
  if (epoch(sample) != shuffled_) {
    shuffled_ = epoch(sample);
    std::iota(order_.begin(), order_.end(), 0);
    Random(seed_, "epoch " + std::to_string(shuffled_)).shuffle(std::span<int64_t>(order_));
  }
  return order_[sample % rows_];
}

}  // namespace strata::train

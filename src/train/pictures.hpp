#pragma once

#include "data/dataset.hpp"
#include "train/augment.hpp"
#include "train/objective.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::train {

/// Training batches of a data set, decoded and changed on own threads while the network trains.
/// Batch t is a function of the seed and t alone, so a run can be taken up at any step.
class TrainingBatches {
 public:
  struct Options {
    int64_t batch = 16;
    int64_t steps = 1;  ///< of the whole run
    int64_t first = 0;  ///< the step to begin with
    int64_t threads = 1;
    uint64_t seed = 0;
    /// Decoded pictures are kept in memory while they take no more than this.
    double cache_bytes = 1e9;
  };
  /// `rows`: indices into the data set's items. Throws InputError from next() where a picture
  /// cannot be read: a run that cannot see a picture is another run.
  TrainingBatches(const data::Dataset& dataset,
                  std::vector<size_t> rows,
                  const AugmentOptions& augment,
                  const Options& options);
  ~TrainingBatches();

  /// The next step's pictures; nothing after the last step.
  std::optional<Samples> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace strata::train

#pragma once

#include "data/dataset.hpp"
#include "train/recipe.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::train {

/// All pictures of a recipe, and which of them are trained on.
struct TrainingData {
  data::Dataset pictures;  ///< names begin with the last part of their path
  std::vector<size_t> training;
  std::vector<size_t> held_out;
  /// SHA-256 over the names and labels of both parts: another one is another run.
  std::string fingerprint;
};

/// Opens every path and puts the pictures together, their classes matched by name. Held out are
/// those of the list, else a share of each class drawn with `seed`. Throws UsageError for a name on
/// the list that no picture has and where a part would be empty, and InputError as
/// data::open_dataset.
TrainingData open_training_data(const DataChoice& choice, int64_t seed);

}  // namespace strata::train

#pragma once

#include "train/objective.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace strata::train {

/// Cross-entropy of the softmax of `tap` (N x classes) with label smoothing (Szegedy et al. 2016,
/// section 7): the target is 1 - s on the label plus s / classes everywhere.
std::unique_ptr<TrainObjective> make_classification(const std::string& tap,
                                                    int64_t classes,
                                                    double label_smoothing);

}  // namespace strata::train

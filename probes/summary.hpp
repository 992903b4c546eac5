#pragma once

#include "probes/cell.hpp"

#include <cstdint>
#include <vector>

namespace strata::probes {

/// What a cell says about its layer.
struct LayerSummary {
  Cell cell;
  bool converged = false;       ///< if not, the numbers below are NaN and nothing is ranked by them
  double lambda = 0.0;          ///< chosen by most folds, the stronger of equals
  bool lambda_at_end = false;   ///< that is an end of the path, so a better one may lie beyond
  double accuracy = 0.0;        ///< mean over folds and repeats, each with its chosen lambda
  double standard_error = 0.0;  ///< standard deviation over folds / sqrt(folds), mean of repeats
  double nll = 0.0;             ///< mean over folds and repeats
  int64_t fits = 0, unconverged = 0;
  /// Among the layers of the same network and feature:
  bool best = false;
  double p_best = 1.0;           ///< Holm-corrected McNemar p of being as good as the best
  bool as_good_as_best = false;  ///< p_best of at least 5 %; the best itself too
};

/// One summary a cell, in the same order. Layers are compared picture by picture, on predictions of
/// probes that had not seen the picture; `labels` are those of the task's rows.
std::vector<LayerSummary> summarise(const std::vector<Cell>& cells,
                                    const std::vector<int64_t>& labels);

}  // namespace strata::probes

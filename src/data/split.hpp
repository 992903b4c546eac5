#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strata::data {

/// What a split needs to know of each row.
struct SplitRows {
  std::vector<int64_t> labels;
  std::vector<std::string> groups;  ///< empty vector or empty string: a row is its own group
};

/// Fold 0..folds-1 of each row; a group lies in one fold. Stratified: each class is spread over the
/// folds within one row where every row is its own group, and nearly evenly where groups are
/// larger: the largest first, each goes where its classes are rarest so far. The same for one seed
/// on every platform. Throws UsageError for fewer than two folds, and where a class has fewer
/// groups than folds, naming it by label.
std::vector<int64_t> stratified_folds(const SplitRows& rows, int64_t folds, uint64_t seed);

/// true for the rows of the test part: about `fraction` (between 0 and 1) of each class (to nearest
/// where every row is its own group), whole groups in random order, at least one and not all of
/// each class. The same for one seed on every platform. Throws UsageError for a fraction out of
/// range and for a class that its groups do not allow to divide, naming it by label.
std::vector<bool> stratified_holdout(const SplitRows& rows, double fraction, uint64_t seed);

}  // namespace strata::data

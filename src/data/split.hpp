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

/// Fold 0..folds-1 of each row. Stratified: each class is spread over the folds as evenly as whole
/// groups allow (within one row a class where every row is its own group). The same for one seed on
/// every platform. Throws UsageError where a class has fewer groups than folds, naming it by index.
std::vector<int64_t> stratified_folds(const SplitRows& rows, int64_t folds, uint64_t seed);

/// true for the rows of the test part: about `fraction` of each class, whole groups, at least one
/// and not all of each class.
std::vector<bool> stratified_holdout(const SplitRows& rows, double fraction, uint64_t seed);

}  // namespace strata::data

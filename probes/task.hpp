#pragma once

#include "base/log.hpp"
#include "probes/pictures.hpp"
#include "probes/sweep.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::probes {

/// What a probe has to learn: pictures, their labels, and how they are divided.
struct ProbeTask {
  std::vector<std::string> classes;
  std::vector<size_t> rows;         ///< of the data set, in its order
  std::vector<std::string> names;   ///< of each row's picture
  std::vector<std::string> sha256;  ///< of each row's picture
  std::vector<int64_t> labels;      ///< of each row, in 0..classes-1
  std::vector<bool> test;           ///< held out from every choice
  /// For each repeat the fold of each row; -1 for rows of the test part.
  std::vector<std::vector<int64_t>> folds;
  int64_t fold_count = 0;
  double chance = 0.0;  ///< accuracy of always naming the largest class

  /// Hash over pictures, labels and divisions: equal hashes are equal tasks.
  std::string hash() const;
  /// The same task on some of its rows (indices into `rows`, ascending): those with features.
  ProbeTask restricted(const std::vector<size_t>& keep) const;
};

/// The task that a sweep sets on a data set: all of its files that can be read. Pictures of one
/// group, and pictures with equal bytes, never lie on both sides
/// of a division. Throws UsageError or InputError: no such labels, a picture without a label, fewer
/// than two classes, a class with too few pictures.
ProbeTask make_task(const Sweep& sweep, const PictureSet& pictures, Log& log);

/// Writes the task, a row a picture: picture, sha256, label, test (0 or 1), and the fold of each
/// repeat (-1 in the test part).
void write_task(const std::filesystem::path& file, const ProbeTask& task);

}  // namespace strata::probes

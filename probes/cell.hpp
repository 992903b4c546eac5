#pragma once

#include "base/log.hpp"
#include "probes/probe_fit.hpp"
#include "probes/source.hpp"
#include "probes/task.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace strata::probes {

/// Raised when the files of a run, or what their numbers mean, change.
inline constexpr int kRunSchema = 1;

/// One network x tap x feature of a sweep, with all of its probes.
struct Cell {
  std::string network;  ///< as tables call it: the card, and the weights where they are not its own
  int64_t order = 0;    ///< 0, 1, ... among the taps of its network
  std::string tap;      ///< what people call the layer
  std::string name;     ///< the node's name
  int64_t depth = 0;    ///< convolutions and linear layers on the longest way from the input
  int64_t channels = 0;
  std::string feature;     ///< as the user wrote it
  std::string definition;  ///< what was computed: "gram sketched to 8256"
  int64_t dims = 0;
  int64_t classes = 0;
  double chance = 0.0;
  double seconds = 0.0;  ///< of fitting
  ProbeFit fit;          ///< predictions are those of the task's rows, -1 for broken pictures
};

/// What defines a cell's numbers: features, task, probe. Equal hashes are equal results.
std::string cell_hash(const FeatureColumn& column,
                      const std::string& task_hash,
                      const ProbeChoice& probe);

/// HASH.json in `folder`, atomically.
void write_cell(const std::filesystem::path& folder, const std::string& hash, const Cell& cell);
/// Nothing where the cell has no file yet. A file that is damaged counts as none, with a warning.
std::optional<Cell> read_cell(const std::filesystem::path& folder,
                              const std::string& hash,
                              Log& log);

}  // namespace strata::probes

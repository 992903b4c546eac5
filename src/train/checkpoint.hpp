#pragma once

#include "train/trainer.hpp"
#include "train/training_log.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace strata::train {

/// What a run is, so that no other is taken for it.
struct RunIdentity {
  nlohmann::json recipe;              ///< Recipe::to_json
  std::string fingerprint;            ///< of the pictures
  std::string start;                  ///< identity of the student's first weights
  std::vector<std::string> teachers;  ///< identities of their weights

  nlohmann::json to_json() const;
};

/// What it took so far.
struct RunSoFar {
  double seconds = 0.0;
  /// Device and threads: on another machine sums are rounded in another order, and the weights are
  /// not those of a run without a pause to the bit.
  std::string machine;
};

/// Writes trainer and log, atomically: safetensors whose metadata name the run. Parameters that are
/// not finite are refused as NumericalError, and the file stays as it is.
void write_checkpoint(const std::filesystem::path& file,
                      const RunIdentity& run,
                      const Trainer& trainer,
                      const TrainingLog& log,
                      const RunSoFar& so_far);

/// Reads one back into a trainer and a log of the same run. Throws UsageError with the first
/// difference where it belongs to another run, and InputError where it is no checkpoint.
RunSoFar read_checkpoint(const std::filesystem::path& file,
                         const RunIdentity& run,
                         Trainer& trainer,
                         TrainingLog& log);

}  // namespace strata::train

#pragma once

#include "base/log.hpp"
#include "base/stop_signal.hpp"
#include "train/model_files.hpp"
#include "train/objective.hpp"
#include "train/recipe.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::train {

struct TrainOptions {
  Recipe recipe;
  std::filesystem::path output;  ///< folder; one that has a checkpoint is gone on with
  std::string device = "auto";
  int64_t threads = 0;  ///< 0: all processors
};

/// What a run would do.
struct TrainPlan {
  struct Layer {
    std::string name;
    int64_t parameters = 0;
    bool trained = false;
  };
  std::vector<Layer> layers;
  int64_t parameters = 0;
  int64_t trained = 0;
  double bytes = 0.0;  ///< of the weights file
  int64_t training_pictures = 0;
  int64_t held_out_pictures = 0;
  int64_t steps = 0;
  int64_t done = 0;  ///< steps that a checkpoint has
  double passes = 0.0;
  double seconds_a_step = 0.0;  ///< measured on random pictures
  double seconds = 0.0;         ///< of the steps that are left
  std::string device;
  std::vector<std::string> teachers;

  nlohmann::json to_json() const;
};

struct TrainReport {
  std::filesystem::path output;
  ModelFiles files;
  int64_t steps = 0;
  int64_t resumed_at = 0;  ///< steps that were done before this call
  double loss = 0.0;       ///< mean over the last row of the log
  Evaluation evaluation;   ///< at the end
  double seconds = 0.0;    ///< of all calls
  double pictures_per_second = 0.0;
  std::string device;

  nlohmann::json to_json() const;
};

/// Checks everything that a run needs and times a step; writes nothing.
TrainPlan plan_train(const TrainOptions& options, Log& log);

/// Trains to the end of the recipe, from the folder's checkpoint where it has one, and writes the
/// network. Throws Interrupted after a checkpoint where `stop` asks for it, and NumericalError
/// where the loss or a gradient is not finite: the last checkpoint stays as it is.
TrainReport run_train(const TrainOptions& options, Log& log, const StopSignal& stop);

}  // namespace strata::train

#pragma once

#include "train/checkpoint.hpp"
#include "train/recipe.hpp"
#include "train/student.hpp"
#include "train/training_log.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

namespace strata::train {

/// All that there is to say about a run that ended.
struct RunRecord {
  RunIdentity run;
  int64_t steps = 0;
  int64_t training_pictures = 0;
  int64_t held_out_pictures = 0;
  double seconds = 0.0;
  std::string device;
  int64_t threads = 0;
  std::vector<std::string> teachers;  ///< a line each: name, weights, SHA-256, layers
};

/// What was written.
struct ModelFiles {
  std::filesystem::path weights, card, model_card;
  int64_t parameters = 0;
  double bytes = 0.0;
  std::string sha256;
};

/// Writes the network into `folder`: weights, the card that loads them, a model card for people,
/// log.csv and plots. Each file is replaced only when it is complete.
ModelFiles write_model(const std::filesystem::path& folder,
                       const Recipe& recipe,
                       const Student& student,
                       const std::map<std::string, at::Tensor>& parameters,
                       const TrainingLog& log,
                       const RunRecord& record);

/// log.csv and the plots alone, while a run goes on.
void write_log(const std::filesystem::path& folder, const Recipe& recipe, const TrainingLog& log);

}  // namespace strata::train

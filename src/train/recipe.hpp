#pragma once

#include "base/config.hpp"
#include "nn/network.hpp"
#include "optim/parameter_optimizer.hpp"
#include "optim/rate_schedule.hpp"
#include "train/augment.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::train {

/// Which pictures. Their names in lists and records begin with the last part of their path:
/// "pacs/photo/dog/1.jpg" for pictures/pacs.
struct DataChoice {
  std::vector<std::filesystem::path> paths;  ///< folders and manifests
  std::string layout = "auto";               ///< of each, as data::open_dataset has it
  /// Text file with the names of the pictures that are held out, one a line; empty: drawn.
  std::filesystem::path held_out;
  double held_out_share = 0.1;  ///< of the pictures, where there is no list
  double cache_gb = 1.0;        ///< memory for decoded pictures
};

/// The network that is trained.
struct StudentChoice {
  Config card;                 ///< of a network of its own; empty where it starts from another's
  nn::NetworkRequest network;  ///< the network that it starts from; no name: `card`
  std::vector<std::string> train;  ///< as nn::trained_nodes
  /// "frozen", or "batch": the batch's own statistics, which the running ones follow.
  std::string batch_norm = "frozen";
};

struct TeacherChoice {
  nn::NetworkRequest network;
  std::map<std::string, std::string> taps;  ///< the student's layer -> the teacher's
};

struct ObjectiveChoice {
  enum class Kind { classification, distillation } kind = Kind::classification;
  std::string tap;                      ///< classification: the logits; empty: the last layer
  double label_smoothing = 0.0;         ///< classification
  std::vector<TeacherChoice> teachers;  ///< distillation
  int64_t border = 0;                   ///< distillation: pixels left out at the edges
  /// Distillation: what the teachers compute in; "auto": in what the run does. Their rounding
  /// errors in bfloat16 are far below what a student misses.
  std::string precision = "auto";
};

struct EvaluationChoice {
  int64_t every = 1000;  ///< steps; also before the first and after the last
  int64_t size = 0;      ///< of the centre crop in pixels; 0: the training's
  int64_t batch = 16;
};

struct CheckpointChoice {
  double seconds = 120;  ///< at most so long between two
  int64_t steps = 0;     ///< and at every multiple of it; 0: time alone
};

struct OutputChoice {
  std::string weights = "weights.safetensors";  ///< file name
  std::string dtype = "float32";                ///< or "float16"
  std::string projections = "kept";             ///< or "dropped"
  std::string licence;                          ///< of the weights
  std::vector<std::string> attribution;         ///< sentences for the model card
  std::vector<std::string> notes;               ///< on the data, for the model card
};

/// A training run as its YAML file describes it; docs/train.md lists the keys.
struct Recipe {
  std::string name;  ///< of the network that comes out, and of its card
  DataChoice data;
  AugmentOptions augment;
  StudentChoice student;
  ObjectiveChoice objective;
  optim::ParameterOptimizerOptions optimizer;
  optim::RateSchedule schedule;  ///< with the number of steps
  int64_t batch = 16;
  double average = 0.0;  ///< decay of the moving average of the weights; 0: none
  int64_t seed = 0;
  /// "auto": bfloat16 on a GPU, float32 on the CPU.
  std::string precision = "auto";
  EvaluationChoice evaluation;
  CheckpointChoice checkpoint;
  int64_t log_every = 50;  ///< steps
  OutputChoice output;

  /// Reads and checks a recipe; `name` is used where it gives none. Throws UsageError for whatever
  /// is wrong in the text; files are not touched.
  static Recipe from(const Config& config, const std::string& name);
  /// All that decides what comes out, resolved: for records, and to tell runs apart.
  nlohmann::json to_json() const;
};

/// The first place where two records differ: "optimizer.learning_rate: 0.001 here, 0.002 there";
/// empty where they are equal.
std::string first_difference(const nlohmann::json& here,
                             const nlohmann::json& there,
                             const std::string& path = "");

}  // namespace strata::train

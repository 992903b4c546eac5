#pragma once

#include "nn/preprocessing.hpp"
#include "nn/training_plan.hpp"
#include "optim/parameter_optimizer.hpp"
#include "optim/rate_schedule.hpp"
#include "train/average.hpp"
#include "train/objective.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace strata::train {

/// The tensors whose names begin with `prefix`, by what follows it.
std::map<std::string, at::Tensor> taken(const std::map<std::string, at::Tensor>& from,
                                        const std::string& prefix);

struct TrainerOptions {
  optim::ParameterOptimizerOptions optimizer;
  optim::RateSchedule schedule;
  double average = 0.0;  ///< decay of the moving average; 0: none
  uint64_t seed = 0;     ///< of dropout
};

/// What one step did.
struct StepRecord {
  double loss = 0.0;
  double rate = 0.0;           ///< the learning rate used
  double gradient_norm = 0.0;  ///< before clipping
};

/// A network, what it is to learn, and the way there: one step at a time. The objective must
/// outlive it.
class Trainer {
 public:
  Trainer(nn::TrainingPlan plan,
          nn::Preprocessing input,
          TrainObjective& objective,
          const TrainerOptions& options);

  /// Forward, backward, update. A loss or gradient that is not finite changes nothing and throws
  /// NumericalError with the number of the step.
  StepRecord step(const Samples& samples);
  int64_t steps() const { return optimizer_.steps(); }

  /// Parameters and buffers of the network as it is to be used: averaged where there is an average.
  std::map<std::string, at::Tensor> parameters() const;

  /// Everything that the next step depends on, and nothing else.
  std::map<std::string, at::Tensor> state() const;
  void restore(const std::map<std::string, at::Tensor>& state);

 private:
  nn::TrainingPlan plan_;
  nn::Preprocessing input_;
  TrainObjective& objective_;
  TrainerOptions options_;
  optim::ParameterOptimizer optimizer_;
  std::optional<Average> average_;
};

}  // namespace strata::train

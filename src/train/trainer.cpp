#include "train/trainer.hpp"

#include "base/error.hpp"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::train {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

constexpr const char* kNetwork = "network:";
constexpr const char* kOptimizer = "optimizer:";
constexpr const char* kAverage = "average:";
constexpr const char* kObjective = "objective:";

void put(Tensors& into, const std::string& prefix, const Tensors& tensors) {
  for (const auto& [name, tensor] : tensors) into[prefix + name] = tensor;
}

}  // namespace

Tensors taken(const Tensors& from, const std::string& prefix) {
  Tensors tensors;
  for (auto it = from.lower_bound(prefix); it != from.end() && it->first.starts_with(prefix);
       ++it) {
    tensors[it->first.substr(prefix.size())] = it->second;
  }
  return tensors;
}

Trainer::Trainer(nn::TrainingPlan plan,
                 nn::Preprocessing input,
                 TrainObjective& objective,
                 const TrainerOptions& options)
    : plan_(std::move(plan)),
      input_(std::move(input)),
      objective_(objective),
      options_(options),
      optimizer_(plan_.trained(), options.optimizer) {
  options.schedule.validate();
  if (options.average > 0) average_.emplace(plan_.trained(), options.average);
}

StepRecord Trainer::step(const Samples& samples) {
  StepRecord record;
  const double rate = options_.schedule.at(steps());
  // Dropout draws anew at every step, whatever the run did before it.
  const uint64_t seed = options_.seed + 1'000'003U * static_cast<uint64_t>(steps());
  const auto features = plan_.forward(nn::preprocess(samples.rgb_nchw_01, input_), seed);
  const at::Tensor loss = objective_.loss(samples, features);
  loss.backward();
  record.loss = loss.item<double>();
  if (!std::isfinite(record.loss)) {
    throw NumericalError(fmt::format("the loss is {} at step {}", record.loss, steps() + 1));
  }
  record.rate = rate * options_.optimizer.learning_rate;
  record.gradient_norm = optimizer_.step(rate);
  if (average_) average_->add(plan_.trained(), steps());
  return record;
}

Tensors Trainer::parameters() const {
  Tensors parameters = plan_.snapshot();
  if (average_) {
    for (const auto& [name, tensor] : average_->values()) {
      parameters[name] = tensor.to(at::kCPU).contiguous().clone();
    }
  }
  return parameters;
}

Tensors Trainer::state() const {
  Tensors state;
  put(state, kNetwork, plan_.snapshot());
  put(state, kOptimizer, optimizer_.state());
  if (average_) {
    for (const auto& [name, tensor] : average_->values()) {
      state[kAverage + name] = tensor.to(at::kCPU).contiguous();
    }
  }
  put(state, kObjective, objective_.state());
  return state;
}

void Trainer::restore(const Tensors& state) {
  plan_.restore(taken(state, kNetwork));
  optimizer_.restore(taken(state, kOptimizer));
  if (average_) average_->restore(taken(state, kAverage));
  objective_.restore(taken(state, kObjective));
}

}  // namespace strata::train

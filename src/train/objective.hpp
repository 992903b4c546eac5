#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::train {

/// Pictures of one step, before preprocessing.
struct Samples {
  at::Tensor rgb_nchw_01;       ///< n x 3 x H x W
  std::vector<int64_t> labels;  ///< of each; -1 where the data has none
};

/// How good a network is on pictures it was not trained on.
struct Evaluation {
  /// The number that a run wants large: accuracy, or the mean over taps of the median correlation.
  double score = 0.0;
  std::map<std::string, double> figures;  ///< by name, for the log and the model card
};

/// What a training run minimises. Taps are those the objective asked the plan for.
class TrainObjective {
 public:
  virtual ~TrainObjective() = default;
  /// Names of the student's taps that `loss` and `Meter` are given, in this order.
  virtual const std::vector<std::string>& taps() const = 0;
  /// A scalar under autograd.
  virtual at::Tensor loss(const Samples& samples, const std::vector<at::Tensor>& features) = 0;

  /// Adds up over held-out pictures.
  class Meter {
   public:
    virtual ~Meter() = default;
    virtual void add(const Samples& samples, const std::vector<at::Tensor>& features) = 0;
    virtual Evaluation evaluation() const = 0;
  };
  virtual std::unique_ptr<Meter> meter() const = 0;

  /// What the objective learned from the data before the first step (scales of teachers), for
  /// checkpoints.
  virtual std::map<std::string, at::Tensor> state() const { return {}; }
  virtual void restore(const std::map<std::string, at::Tensor>& /*state*/) {}
};

}  // namespace strata::train

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::optim {

struct ParameterOptimizerOptions {
  enum class Kind {
    sgd,   ///< with momentum: v = m v + g, w -= rate v
    adamw  ///< Loshchilov and Hutter 2019, algorithm 2: weight decay apart from the gradient
  } kind = Kind::adamw;
  double learning_rate = 1e-3;
  double momentum = 0.9;  ///< sgd
  bool nesterov = false;  ///< sgd: w -= rate (g + m v)
  double beta1 = 0.9;     ///< adamw
  double beta2 = 0.999;   ///< adamw
  double epsilon = 1e-8;  ///< adamw
  /// Of weights; not of norms and biases, which are the tensors of one dimension. SGD adds it to
  /// the gradient.
  double weight_decay = 0.0;
  /// Gradients are scaled down to this Euclidean norm over all parameters; 0: never.
  double clip_norm = 0.0;
  /// Throws UsageError.
  void validate() const;
};

std::vector<std::string> parameter_optimizer_names();
ParameterOptimizerOptions::Kind parameter_optimizer_from(const std::string& name);

/// SGD or AdamW over named parameters (leaves with gradients), which it changes in place.
class ParameterOptimizer {
 public:
  ParameterOptimizer(const std::map<std::string, at::Tensor>& parameters,
                     const ParameterOptimizerOptions& options);

  /// One step at `rate` times the learning rate, then the gradients are cleared. Parameters without
  /// a gradient stay. Returns the gradients' norm before clipping. Where it is not finite, nothing
  /// is changed and NumericalError is thrown.
  double step(double rate);
  int64_t steps() const { return steps_; }

  /// Momenta by "NAME:what" with the number of steps, for checkpoints: restored, the next steps are
  /// the same to the bit.
  std::map<std::string, at::Tensor> state() const;
  void restore(const std::map<std::string, at::Tensor>& state);

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter;
    at::Tensor first;   ///< sgd: velocity; adamw: first moment
    at::Tensor second;  ///< adamw only
    bool decays = false;
  };
  void step_sgd(Slot& slot, const at::Tensor& gradient, double rate) const;
  void step_adamw(Slot& slot, const at::Tensor& gradient, double rate) const;

  std::vector<Slot> slots_;
  ParameterOptimizerOptions options_;
  int64_t steps_ = 0;
};

}  // namespace strata::optim

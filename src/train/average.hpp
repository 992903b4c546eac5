#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::train {

/// Exponential moving average of parameters: a <- d a + (1 - d) w, with
/// d = min(decay, (1 + step) / (10 + step)), so that the start is soon forgotten.
class Average {
 public:
  /// Starts at `parameters`. `decay` in (0, 1).
  Average(const std::map<std::string, at::Tensor>& parameters, double decay);

  /// Takes the parameters after `step` (1, 2, ...) in.
  void add(const std::map<std::string, at::Tensor>& parameters, int64_t step);
  const std::map<std::string, at::Tensor>& values() const { return values_; }
  void restore(const std::map<std::string, at::Tensor>& values);

 private:
  std::map<std::string, at::Tensor> values_;
  double decay_;
};

}  // namespace strata::train

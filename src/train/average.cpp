#include "train/average.hpp"

#include "base/error.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::train {

Average::Average(const std::map<std::string, at::Tensor>& parameters, double decay)
    : decay_(decay) {
  STRATA_CHECK(decay > 0 && decay < 1, "a decay between 0 and 1");
  for (const auto& [name, tensor] : parameters) values_[name] = tensor.detach().clone();
}

void Average::add(const std::map<std::string, at::Tensor>& parameters, int64_t step) {
  const c10::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const double decay = std::min(decay_, (1.0 + t) / (10.0 + t));
  for (const auto& [name, tensor] : parameters) values_.at(name).lerp_(tensor, 1.0 - decay);
}

void Average::restore(const std::map<std::string, at::Tensor>& values) {
  const c10::NoGradGuard no_grad;
  for (auto& [name, tensor] : values_) tensor.copy_(values.at(name));
}

}  // namespace strata::train

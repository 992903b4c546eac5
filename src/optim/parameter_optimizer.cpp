#include "optim/parameter_optimizer.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::optim {

void ParameterOptimizerOptions::validate() const {
  const auto require = [](bool holds, const char* key, double value, const char* allowed) {
    if (!holds) throw UsageError(fmt::format("optimizer.{}: {}; expected {}", key, value, allowed));
  };
  require(learning_rate > 0 && std::isfinite(learning_rate), "learning_rate", learning_rate,
          "above 0");
  require(momentum >= 0 && momentum < 1, "momentum", momentum, "at least 0 and below 1");
  require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "at least 0 and below 1");
  require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "at least 0 and below 1");
  require(epsilon > 0, "epsilon", epsilon, "above 0");
  require(weight_decay >= 0, "weight_decay", weight_decay, "at least 0");
  require(clip_norm >= 0, "clip_norm", clip_norm, "at least 0");
}

std::vector<std::string> parameter_optimizer_names() { return {"sgd", "adamw"}; }

ParameterOptimizerOptions::Kind parameter_optimizer_from(const std::string& name) {
  if (name == "sgd") return ParameterOptimizerOptions::Kind::sgd;
  if (name == "adamw") return ParameterOptimizerOptions::Kind::adamw;
  const auto names = parameter_optimizer_names();
  throw UsageError("optimizer \"" + name + "\" is not one of " + join(names) +
                   did_you_mean(name, names));
}

ParameterOptimizer::ParameterOptimizer(const std::map<std::string, at::Tensor>& parameters,
                                       const ParameterOptimizerOptions& options)
    : options_(options) {
  options.validate();
  const c10::NoGradGuard no_grad;
  for (auto& [name, parameter] : parameters) {
    const bool adamw = options.kind == ParameterOptimizerOptions::Kind::adamw;
    slots_.push_back({.name = name,
                      .parameter = parameter,
                      .first = at::zeros_like(parameter),
                      .second = adamw ? at::zeros_like(parameter) : at::Tensor(),
                      .decays = parameter.dim() > 1});
  }
}

double ParameterOptimizer::step(double rate) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> squares;
  for (const Slot& slot : slots_) {
    if (slot.parameter.grad().defined()) {
      squares.push_back(slot.parameter.grad().square().sum(at::kDouble));
    }
  }
  const double norm = squares.empty() ? 0.0 : std::sqrt(at::stack(squares).sum().item<double>());
  if (!std::isfinite(norm)) {
    throw NumericalError(fmt::format("the gradient is not finite at step {}", steps_ + 1));
  }
  const double scale =
      options_.clip_norm > 0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1.0;
  ++steps_;
  for (Slot& slot : slots_) {
    at::Tensor gradient = slot.parameter.grad();
    if (!gradient.defined()) continue;
    if (scale != 1.0) gradient = gradient * scale;
    if (options_.kind == ParameterOptimizerOptions::Kind::sgd) {
      step_sgd(slot, gradient, rate * options_.learning_rate);
    } else {
      step_adamw(slot, gradient, rate * options_.learning_rate);
    }
    slot.parameter.mutable_grad().reset();
  }
  return norm;
}

void ParameterOptimizer::step_sgd(Slot& slot, const at::Tensor& gradient, double rate) const {
  const double decay = slot.decays ? options_.weight_decay : 0.0;
  const at::Tensor g = decay > 0 ? gradient.add(slot.parameter, decay) : gradient;
  slot.first.mul_(options_.momentum).add_(g);
  slot.parameter.sub_(options_.nesterov ? g.add(slot.first, options_.momentum) : slot.first, rate);
}

void ParameterOptimizer::step_adamw(Slot& slot, const at::Tensor& gradient, double rate) const {
  if (slot.decays) slot.parameter.mul_(1.0 - rate * options_.weight_decay);
  slot.first.mul_(options_.beta1).add_(gradient, 1.0 - options_.beta1);
  slot.second.mul_(options_.beta2).addcmul_(gradient, gradient, 1.0 - options_.beta2);
  const auto t = static_cast<double>(steps_);
  const double first_bias = 1.0 - std::pow(options_.beta1, t);
  const double second_bias = 1.0 - std::pow(options_.beta2, t);
  const at::Tensor denominator =
      slot.second.sqrt().div_(std::sqrt(second_bias)).add_(options_.epsilon);
  slot.parameter.addcdiv_(slot.first, denominator, -rate / first_bias);
}

std::map<std::string, at::Tensor> ParameterOptimizer::state() const {
  std::map<std::string, at::Tensor> state;
  for (const Slot& slot : slots_) {
    state[slot.name + ":first"] = slot.first.to(at::kCPU).contiguous().clone();
    if (slot.second.defined()) {
      state[slot.name + ":second"] = slot.second.to(at::kCPU).contiguous().clone();
    }
  }
  state[":steps"] = at::scalar_tensor(steps_, at::kLong);
  return state;
}

void ParameterOptimizer::restore(const std::map<std::string, at::Tensor>& state) {
  const c10::NoGradGuard no_grad;
  const auto value = [&](const std::string& name) -> const at::Tensor& {
    const auto found = state.find(name);
    STRATA_CHECK(found != state.end(), "an optimiser's state without " + name);
    return found->second;
  };
  for (Slot& slot : slots_) {
    slot.first.copy_(value(slot.name + ":first"));
    if (slot.second.defined()) slot.second.copy_(value(slot.name + ":second"));
  }
  steps_ = value(":steps").item<int64_t>();
}

}  // namespace strata::optim

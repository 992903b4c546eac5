#include "nn/plan.hpp"

#include "base/error.hpp"
#include "nn/lowering.hpp"

#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

namespace strata::nn {
namespace {

/// Values of steps while a program runs, each let go after its last use.
class Values {
 public:
  explicit Values(const Program& program) : program_(program), values_(program.steps.size()) {}

  /// Computes step `i` (0: takes the input) and lets go what nobody reads any more.
  at::Tensor compute(size_t i, const at::Tensor& input, Saved* saved) {
    const Step& step = program_.steps[i];
    std::vector<at::Tensor> inputs;
    if (i == 0) inputs.push_back(input);
    for (const size_t from : step.inputs) inputs.push_back(values_[from]);
    at::Tensor value = step_forward(program_, step, inputs, saved);
    for (const size_t from : step.inputs) {
      if (program_.steps[from].last_use == i) values_[from].reset();
    }
    if (step.last_use > i) values_[i] = value;
    return value;
  }

 private:
  const Program& program_;
  std::vector<at::Tensor> values_;
};

/// Adds `term` to `sum`, which may be undefined. In place only where nobody else holds the sum or
/// its memory: gradients of sums and flattenings are shared, and those of taps are the caller's.
void accumulate(at::Tensor& sum, const at::Tensor& term) {
  if (!sum.defined()) {
    sum = term;
  } else if (sum.use_count() == 1 && sum.storage().use_count() == 1) {
    sum.add_(term);
  } else {
    sum = sum.add(term);
  }
}

}  // namespace

struct InferencePlan::Impl {
  Program program;
};

InferencePlan::InferencePlan(const Graph& graph,
                             const ParameterSet& parameters,
                             std::vector<NodeId> taps,
                             const Policy& policy) {
  const at::NoGradGuard guard;
  impl_ = std::make_unique<Impl>(Impl{lower(graph, parameters, taps, policy)});
}

InferencePlan::~InferencePlan() = default;
InferencePlan::InferencePlan(InferencePlan&&) noexcept = default;

void InferencePlan::run(
    const at::Tensor& input,
    const std::function<void(size_t tap, const at::Tensor& features)>& visit) const {
  const c10::InferenceMode guard;
  const Program& program = impl_->program;
  program.graph.shapes(input.sizes().vec());
  Values values(program);
  at::Tensor x = converted(input, program.policy);
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const at::Tensor value = values.compute(i, std::exchange(x, {}), nullptr);
    for (size_t tap = 0; tap < program.tap_steps.size(); ++tap) {
      if (program.tap_steps[tap] == i) visit(tap, value);
    }
  }
}

std::vector<at::Tensor> InferencePlan::run(const at::Tensor& input) const {
  std::vector<at::Tensor> taps(impl_->program.tap_steps.size());
  run(input, [&](size_t tap, const at::Tensor& features) { taps[tap] = features; });
  return taps;
}

struct GradientPlan::Impl {
  Program program;
};

struct GradientPlan::Pass::Impl {
  std::vector<at::Tensor> taps;
  std::vector<Saved> saved;  ///< by step
  std::vector<Shape> tap_shapes;
  Shape input_shape;
};

GradientPlan::Pass::Pass() : impl_(std::make_unique<Impl>()) {}
GradientPlan::Pass::~Pass() = default;
GradientPlan::Pass::Pass(Pass&&) noexcept = default;

const std::vector<at::Tensor>& GradientPlan::Pass::taps() const {
  STRATA_CHECK(impl_ != nullptr, "a pass is used up by its backward");
  return impl_->taps;
}

GradientPlan::GradientPlan(const Graph& graph,
                           const ParameterSet& parameters,
                           std::vector<NodeId> taps,
                           const Policy& policy) {
  const c10::InferenceMode off(false);
  const at::NoGradGuard guard;
  impl_ = std::make_unique<Impl>(Impl{lower(graph, parameters, taps, policy)});
}

GradientPlan::~GradientPlan() = default;
GradientPlan::GradientPlan(GradientPlan&&) noexcept = default;

GradientPlan::Pass GradientPlan::forward(const at::Tensor& input) const {
  // Losses may want autograd on the features, which inference tensors could not take part in.
  const c10::InferenceMode off(false);
  const at::NoGradGuard guard;
  const Program& program = impl_->program;
  program.graph.shapes(input.sizes().vec());

  Pass pass;
  pass.impl_->input_shape = input.sizes().vec();
  pass.impl_->saved.resize(program.steps.size());
  pass.impl_->taps.resize(program.tap_steps.size());
  Values values(program);
  at::Tensor x = converted(input.detach(), program.policy);
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const at::Tensor value = values.compute(i, std::exchange(x, {}), &pass.impl_->saved[i]);
    for (size_t tap = 0; tap < program.tap_steps.size(); ++tap) {
      if (program.tap_steps[tap] == i) pass.impl_->taps[tap] = value;
    }
  }
  for (const at::Tensor& tap : pass.impl_->taps) {
    pass.impl_->tap_shapes.push_back(tap.sizes().vec());
  }
  return pass;
}

at::Tensor GradientPlan::backward(Pass&& pass, const std::vector<at::Tensor>& tap_gradients) const {
  const c10::InferenceMode off(false);
  const at::NoGradGuard guard;
  const Program& program = impl_->program;
  STRATA_CHECK(pass.impl_ != nullptr, "a pass is used up by its backward");
  const auto left = std::move(pass.impl_);
  STRATA_CHECK(left->saved.size() == program.steps.size(), "a pass of another plan");
  STRATA_CHECK(tap_gradients.size() == program.tap_steps.size(), "one gradient for every tap");
  left->taps.clear();

  std::vector<std::vector<size_t>> taps_of(program.steps.size());
  for (size_t tap = 0; tap < tap_gradients.size(); ++tap) {
    if (!tap_gradients[tap].defined()) continue;
    STRATA_CHECK(tap_gradients[tap].sizes().vec() == left->tap_shapes[tap],
                 "a gradient has the shape of its tap");
    taps_of[program.tap_steps[tap]].push_back(tap);
  }

  std::vector<at::Tensor> gradients(program.steps.size());  // dL/d(value of the step)
  for (size_t i = program.steps.size(); i-- > 0;) {
    at::Tensor gradient = std::move(gradients[i]);
    for (const size_t tap : taps_of[i]) {
      accumulate(gradient, converted(tap_gradients[tap].detach(), program.policy));
    }
    const Saved saved = std::exchange(left->saved[i], {});
    if (i == 0) {
      return gradient.defined() ? gradient
                                : converted(at::zeros(left->input_shape, program.policy.precision),
                                            program.policy);
    }
    if (!gradient.defined()) continue;
    const Step& step = program.steps[i];
    std::vector<at::Tensor> terms = step_backward(step, gradient, saved);
    gradient.reset();
    for (size_t k = 0; k < terms.size(); ++k) {
      accumulate(gradients[step.inputs[k]], std::exchange(terms[k], {}));
    }
  }
  fail_check("step 0", __FILE__, __LINE__, "a program has an input");
}

}  // namespace strata::nn

#include "styletransfer/painter.hpp"

#include "base/error.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

[[noreturn]] void fail_not_finite(const ObjectiveValue& value,
                                  const at::Tensor& picture,
                                  int64_t evaluation) {
  std::string culprit;
  for (const TermValue& term : value.terms) {
    if (std::isfinite(term.value)) continue;
    culprit = fmt::format(": term {} on {}", term.loss, term.tap);
    break;
  }
  throw NumericalError(fmt::format("the objective is {} at evaluation {}, {} x {}{}", value.loss,
                                   evaluation, picture.size(3), picture.size(2), culprit));
}

}  // namespace

optim::Evaluation Painter::evaluate(const Evaluate& objective, const at::Tensor& picture) {
  if (stop_.requested()) throw Stopped{};
  ObjectiveValue value = objective(picture);
  ++evaluations_;
  if (!std::isfinite(value.loss)) fail_not_finite(value, picture, evaluations_);
  return {value.loss, std::move(value.gradient)};
}

at::Tensor Painter::paint(const Evaluate& objective,
                          const at::Tensor& start,
                          const Stage& stage,
                          const OptimizerSettings& settings,
                          double pixel_scale) {
  last_good_ = start;
  const auto optimizer = make_picture_optimizer(start, settings, pixel_scale);
  const optim::Function function = [&](const at::Tensor& x) { return evaluate(objective, x); };
  try {
    for (int64_t i = 1; i <= stage.iterations; ++i) {
      const optim::Step step = optimizer->iterate(function);
      const double part = static_cast<double>(i) / static_cast<double>(stage.iterations);
      const Moment moment{.scale = stage.scale,
                          .scales = stage.scales,
                          .iteration = i,
                          .iterations = stage.iterations,
                          .evaluations = evaluations_,
                          .work = std::lerp(stage.work_before, stage.work_after, part),
                          .loss = step.loss,
                          .picture = optimizer->picture()};
      for (const auto& observer : observers_) observer->at(moment);
      if (step.status != optim::Step::Status::running) break;
    }
  } catch (...) {
    last_good_ = optimizer->last_good().clone();
    throw;
  }
  last_good_ = optimizer->last_good().clone();
  return optimizer->picture().clone();
}

}  // namespace strata::styletransfer

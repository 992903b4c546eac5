#include "styletransfer/painter.hpp"

#include "base/error.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

std::string culprit_of(const ObjectiveValue& value) {
  for (const TermValue& term : value.terms) {
    if (std::isfinite(term.value)) continue;
    return fmt::format("term {} on {} is {}", term.loss, term.tap, term.value);
  }
  return "the gradient is at fault";
}

}  // namespace

optim::Evaluation Painter::evaluate(const Evaluate& objective,
                                    const at::Tensor& variable,
                                    const Protection* protection) {
  if (stop_.requested()) throw Stopped{};
  ObjectiveValue value =
      objective(protection == nullptr ? variable : protection->picture(variable));
  if (protection != nullptr) value.gradient = protection->gradient(value.gradient);
  ++evaluations_;
  // The optimiser may have gone too far and knows how to go back; if not, this is what it says.
  culprit_ = culprit_of(value);
  return {value.loss, std::move(value.gradient)};
}

at::Tensor Painter::paint(const Evaluate& objective,
                          const at::Tensor& start,
                          const Stage& stage,
                          const OptimizerSettings& settings,
                          double pixel_scale) {
  const auto shown = [&](const at::Tensor& variable) {
    return stage.protection == nullptr ? variable : stage.protection->shown(variable);
  };
  last_good_ = shown(start);
  const auto optimizer = make_picture_optimizer(start, settings, pixel_scale);
  const optim::Function function = [&](const at::Tensor& x) {
    return evaluate(objective, x, stage.protection);
  };
  try {
    for (int64_t i = 1; i <= stage.iterations; ++i) {
      const optim::Step step = optimizer->iterate(function);
      const at::Tensor picture = shown(optimizer->picture());
      const bool ended = step.status != optim::Step::Status::running;
      const double part =
          ended ? 1.0 : static_cast<double>(i) / static_cast<double>(stage.iterations);
      const Moment moment{.scale = stage.scale,
                          .scales = stage.scales,
                          .iteration = i,
                          .iterations = stage.iterations,
                          .evaluations = evaluations_,
                          .work = std::lerp(stage.work_before, stage.work_after, part),
                          .loss = step.loss,
                          .picture = picture};
      for (const auto& observer : observers_) observer->at(moment);
      if (ended) break;
    }
  } catch (const NumericalError& error) {
    last_good_ = shown(optimizer->last_good()).clone();
    throw NumericalError(
        fmt::format("{} x {}: {}: {}", start.size(3), start.size(2), error.what(), culprit_));
  } catch (...) {
    last_good_ = shown(optimizer->last_good()).clone();
    throw;
  }
  last_good_ = shown(optimizer->last_good()).clone();
  return shown(optimizer->picture()).clone();
}

}  // namespace strata::styletransfer

#include "styletransfer/objective.hpp"

#include "base/error.hpp"

#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

namespace strata::styletransfer {

double ObjectiveValue::sum_of(const std::string& loss_name) const {
  double sum = 0.0;
  for (const TermValue& term : terms) {
    if (term.loss == loss_name) sum += term.value;
  }
  return sum;
}

nlohmann::json to_json(const ObjectiveValue& value) {
  nlohmann::json terms = nlohmann::json::array();
  for (const TermValue& term : value.terms) {
    terms.push_back(
        {{"loss", term.loss}, {"tap", term.tap}, {"weight", term.weight}, {"value", term.value}});
    if (!term.region.empty()) terms.back()["region"] = term.region;
  }
  return {{"total", value.loss}, {"terms", terms}};
}

Objective::Objective(std::shared_ptr<const Backbone> backbone) : backbone_(std::move(backbone)) {}

void Objective::add(std::string loss,
                    size_t tap,
                    double weight,
                    std::unique_ptr<TapTerm> term,
                    std::string region) {
  STRATA_CHECK(tap < backbone_->tap_count(), "no such tap");
  tap_losses_.push_back({std::move(loss), tap, weight, std::move(term), std::move(region)});
}

void Objective::add(std::string loss, double weight, std::unique_ptr<Regulariser> term) {
  image_losses_.push_back({std::move(loss), weight, std::move(term)});
}

ObjectiveValue Objective::evaluate(const at::Tensor& rgb_nchw_01) const {
  const c10::NoGradGuard no_grad;
  ObjectiveValue result = empty_value();
  Backbone::Pass pass = backbone_->forward(rgb_nchw_01);
  std::vector<at::Tensor> gradients(backbone_->tap_count());
  for (size_t i = 0; i < tap_losses_.size(); ++i) {
    const TapLoss& part = tap_losses_[i];
    Loss loss = part.term->evaluate(pass.taps()[part.tap], part.weight, Want::gradient);
    result.terms[i].value = loss.value;
    at::Tensor& sum = gradients[part.tap];
    sum = sum.defined() ? sum.add_(loss.gradient) : std::move(loss.gradient);
  }
  result.gradient = backbone_->backward(std::move(pass), gradients);
  add_image_losses(rgb_nchw_01, Want::gradient, result);
  set_total(result);
  return result;
}

ObjectiveValue Objective::value(const at::Tensor& rgb_nchw_01) const {
  const c10::NoGradGuard no_grad;
  ObjectiveValue result = empty_value();
  backbone_->features(rgb_nchw_01, [&](size_t tap, const at::Tensor& features) {
    for (size_t i = 0; i < tap_losses_.size(); ++i) {
      const TapLoss& part = tap_losses_[i];
      if (part.tap != tap) continue;
      result.terms[i].value = part.term->evaluate(features, part.weight, Want::value).value;
    }
  });
  add_image_losses(rgb_nchw_01, Want::value, result);
  set_total(result);
  return result;
}

ObjectiveValue Objective::value_at_silence(int64_t height, int64_t width) const {
  ObjectiveValue result = empty_value();
  for (size_t i = 0; i < tap_losses_.size(); ++i) {
    const TapLoss& part = tap_losses_[i];
    const auto shape = backbone_->feature_shape(part.tap, height, width);
    const at::Tensor silence =
        at::zeros({1, shape[0], shape[1], shape[2]}, backbone_->picture_options());
    result.terms[i].value = part.term->evaluate(silence, part.weight, Want::value).value;
  }
  set_total(result);
  return result;
}

void Objective::scale_weights(const std::string& loss, double factor) {
  for (TapLoss& part : tap_losses_) {
    if (part.loss == loss) part.weight *= factor;
  }
  for (ImageLoss& part : image_losses_) {
    if (part.loss == loss) part.weight *= factor;
  }
}

bool Objective::exact_gradient() const {
  for (const TapLoss& part : tap_losses_) {
    if (!part.term->exact_gradient()) return false;
  }
  for (const ImageLoss& part : image_losses_) {
    if (!part.term->exact_gradient()) return false;
  }
  return true;
}

ObjectiveValue Objective::empty_value() const {
  ObjectiveValue value;
  for (const TapLoss& part : tap_losses_) {
    value.terms.push_back({part.loss, backbone_->title(part.tap), part.weight, 0.0, part.region});
  }
  for (const ImageLoss& part : image_losses_) {
    value.terms.push_back({part.loss, "image", part.weight, 0.0});
  }
  return value;
}

void Objective::add_image_losses(const at::Tensor& image, Want want, ObjectiveValue& value) const {
  for (size_t j = 0; j < image_losses_.size(); ++j) {
    const Loss loss = image_losses_[j].term->evaluate(image, image_losses_[j].weight, want);
    value.terms[tap_losses_.size() + j].value = loss.value;
    if (want == Want::gradient) value.gradient.add_(loss.gradient);
  }
}

void Objective::set_total(ObjectiveValue& value) {
  value.loss = 0.0;
  for (const TermValue& term : value.terms) value.loss += term.value;
}

}  // namespace strata::styletransfer

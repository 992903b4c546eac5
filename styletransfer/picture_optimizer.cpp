#include "styletransfer/picture_optimizer.hpp"

#include "optim/adam.hpp"
#include "optim/lbfgs.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

class LbfgsOnPicture final : public PictureOptimizer {
 public:
  LbfgsOnPicture(const at::Tensor& start, const OptimizerSettings& settings)
      : optimizer_(start, options_of(settings)) {}

  optim::Step iterate(const optim::Function& function) override {
    return optimizer_.iterate(function);
  }
  const at::Tensor& picture() const override { return optimizer_.x(); }
  const at::Tensor& last_good() const override { return optimizer_.x(); }

 private:
  static optim::LbfgsOptions options_of(const OptimizerSettings& settings) {
    optim::LbfgsOptions options;
    options.history = settings.history;
    return options;
  }

  optim::Lbfgs optimizer_;
};

class AdamOnPicture final : public PictureOptimizer {
 public:
  AdamOnPicture(const at::Tensor& start, const OptimizerSettings& settings, double pixel_scale)
      : optimizer_(start, options_of(settings, pixel_scale)), last_good_(start) {}

  optim::Step iterate(const optim::Function& function) override {
    // Adam moves after it has evaluated, and a step too far shows only at the next evaluation.
    return optimizer_.iterate([&](const at::Tensor& x) {
      optim::Evaluation evaluation = function(x);
      if (std::isfinite(evaluation.loss)) last_good_ = x.clone();
      return evaluation;
    });
  }
  const at::Tensor& picture() const override { return optimizer_.x(); }
  const at::Tensor& last_good() const override { return last_good_; }

 private:
  static optim::AdamOptions options_of(const OptimizerSettings& settings, double pixel_scale) {
    optim::AdamOptions options;
    options.learning_rate = settings.learning_rate / pixel_scale;
    options.beta1 = settings.beta1;
    options.beta2 = settings.beta2;
    options.epsilon = settings.epsilon * pixel_scale;
    return options;
  }

  optim::Adam optimizer_;
  at::Tensor last_good_;
};

}  // namespace

std::unique_ptr<PictureOptimizer> make_picture_optimizer(const at::Tensor& start,
                                                         const OptimizerSettings& settings,
                                                         double pixel_scale) {
  if (settings.kind == OptimizerSettings::Kind::adam) {
    return std::make_unique<AdamOnPicture>(start, settings, pixel_scale);
  }
  return std::make_unique<LbfgsOnPicture>(start, settings);
}

}  // namespace strata::styletransfer

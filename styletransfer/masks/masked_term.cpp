#include "styletransfer/masks/masked_term.hpp"

#include "base/error.hpp"

#include <utility>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

class MaskedStyle final : public TapTerm {
 public:
  MaskedStyle(std::unique_ptr<StatisticsTerm> term, const at::Tensor& weights)
      : term_(std::move(term)), weights_(weights) {}

  Loss evaluate(const at::Tensor& features, double weight, Want want) const override {
    const StatisticsLoss loss =
        term_->from_statistics(channel_statistics(features, weights_), weight, want);
    if (want == Want::value) return {loss.value, {}};
    return {loss.value,
            channel_statistics_backward(features, loss.d_second, loss.d_mean, weights_)};
  }
  bool exact_gradient() const override { return term_->exact_gradient(); }
  bool tileable() const override { return true; }

 private:
  std::unique_ptr<StatisticsTerm> term_;
  at::Tensor weights_;
};

class MaskedContent final : public TapTerm {
 public:
  MaskedContent(std::unique_ptr<TapTerm> term, const at::Tensor& weights)
      : term_(std::move(term)), weights_(weights) {}

  Loss evaluate(const at::Tensor& features, double weight, Want want) const override {
    Loss loss = term_->evaluate(weighted_features(features, weights_), weight, want);
    if (want == Want::gradient) loss.gradient = weighted_features(loss.gradient, weights_);
    return loss;
  }
  bool exact_gradient() const override { return term_->exact_gradient(); }
  bool tileable() const override { return term_->tileable(); }

 private:
  std::unique_ptr<TapTerm> term_;
  at::Tensor weights_;
};

}  // namespace

std::unique_ptr<TapTerm> make_masked_style(std::unique_ptr<StatisticsTerm> term,
                                           const at::Tensor& weights) {
  return std::make_unique<MaskedStyle>(std::move(term), weights);
}

at::Tensor weighted_features(const at::Tensor& features, const at::Tensor& weights) {
  STRATA_CHECK(weights.dim() == 2 && weights.size(0) == features.size(2) &&
                   weights.size(1) == features.size(3),
               "weights are H x W, as the features are");
  return features * weights.sqrt().to(features.options()).view({1, 1, features.size(2), -1});
}

std::unique_ptr<TapTerm> make_masked_content(std::unique_ptr<TapTerm> term,
                                             const at::Tensor& weights) {
  return std::make_unique<MaskedContent>(std::move(term), weights);
}

}  // namespace strata::styletransfer

#include "styletransfer/losses/scaled_mse.hpp"

#include "base/error.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

constexpr double kEpsilon = 1e-8;

Loss scaled_mse(const at::Tensor& difference, double weight, Want want) {
  const double squares = difference.square().sum(at::kDouble).item<double>();
  const double sum = difference.abs().sum(at::kDouble).item<double>() + kEpsilon;
  Loss loss;
  loss.value = weight * squares / sum;
  if (want == Want::gradient) {
    loss.gradient =
        difference * (2.0 * weight / sum) - difference.sign() * (weight * (squares / sum) / sum);
  }
  return loss;
}

class ContentScaledMse final : public TapTerm {
 public:
  explicit ContentScaledMse(const at::Tensor& target) : target_(target) {}

  Loss evaluate(const at::Tensor& features, double weight, Want want) const override {
    STRATA_CHECK(features.sizes() == target_.sizes(), "content target of another size");
    const c10::NoGradGuard no_grad;
    return scaled_mse(features - target_, weight, want);
  }

  bool tileable() const override { return false; }

 private:
  at::Tensor target_;
};

class GramScaledMse final : public StatisticsTerm {
 public:
  explicit GramScaledMse(const ChannelStatistics& target) : target_(target.second_moment) {}

  StatisticsLoss from_statistics(const ChannelStatistics& statistics,
                                 double weight,
                                 Want want) const override {
    STRATA_CHECK(statistics.channels() == target_.size(0), "target of another layer");
    Loss loss = scaled_mse(statistics.second_moment - target_, weight, want);
    return {loss.value, loss.gradient, {}};
  }

 private:
  at::Tensor target_;
};

}  // namespace

std::unique_ptr<TapTerm> make_content_scaled_mse(const at::Tensor& target) {
  return std::make_unique<ContentScaledMse>(target);
}

std::unique_ptr<StatisticsTerm> make_gram_scaled_mse(const ChannelStatistics& target) {
  return std::make_unique<GramScaledMse>(target);
}

}  // namespace strata::styletransfer

#include "styletransfer/losses/gram_style.hpp"

#include "base/enum_names.hpp"
#include "base/error.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

const EnumNames<GramNormalisation>& normalisations() {
  static const EnumNames<GramNormalisation> names(
      "Gram normalisation", {{"positions", GramNormalisation::positions},
                             {"channels-positions", GramNormalisation::channels_positions},
                             {"target", GramNormalisation::target}});
  return names;
}

class GramStyle final : public StatisticsTerm {
 public:
  GramStyle(const ChannelStatistics& target, GramNormalisation normalisation)
      : scale_(scale_of(target, normalisation)), target_(target.second_moment * scale_) {}

  StatisticsLoss from_statistics(const ChannelStatistics& statistics,
                                 double weight,
                                 Want want) const override {
    STRATA_CHECK(statistics.channels() == target_.size(0), "target of another layer");
    // G = k S, so dL/dS = 2 weight k (G - G_target) / C^2.
    const at::Tensor difference = statistics.second_moment * scale_ - target_;
    const double per_entry = weight / static_cast<double>(target_.numel());
    StatisticsLoss loss;
    loss.value = per_entry * difference.square().sum().item<double>();
    if (want == Want::gradient) loss.d_second = difference * (2.0 * per_entry * scale_);
    return loss;
  }

 private:
  static double scale_of(const ChannelStatistics& target, GramNormalisation normalisation) {
    switch (normalisation) {
      case GramNormalisation::positions:
        return 1.0;
      case GramNormalisation::channels_positions:
        return 1.0 / static_cast<double>(target.channels());
      case GramNormalisation::target: {
        const double mean_square = target.second_moment.square().mean().item<double>();
        // A layer that is silent on the target (all zero) has no scale of its own.
        return mean_square > 0.0 ? 1.0 / std::sqrt(mean_square) : 1.0;
      }
    }
    return 1.0;
  }

  double scale_;
  at::Tensor target_;
};

}  // namespace

std::vector<std::string> gram_normalisation_names() { return normalisations().names(); }
GramNormalisation gram_normalisation_from(const std::string& name) {
  return normalisations().value(name);
}

std::unique_ptr<StatisticsTerm> make_gram_style(const ChannelStatistics& target,
                                                GramNormalisation normalisation) {
  return std::make_unique<GramStyle>(target, normalisation);
}

}  // namespace strata::styletransfer

#include "styletransfer/losses/mean_std_style.hpp"

#include "base/error.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

// Below this share of a channel's energy, variance is rounding.
constexpr double kNoVariance = 1e-12;

at::Tensor deviations(const ChannelStatistics& statistics) {
  const at::Tensor energy = statistics.second_moment.diagonal();
  const at::Tensor variance = energy - statistics.mean.square();
  return at::where(variance > kNoVariance * energy, variance, at::zeros_like(variance)).sqrt();
}

class MeanStdStyle final : public StatisticsTerm {
 public:
  MeanStdStyle(const ChannelStatistics& target, StyleScale scale)
      : mean_(target.mean), deviation_(deviations(target)) {
    if (scale == StyleScale::none) return;
    const double silent = (mean_.square() + deviation_.square()).mean().item<double>();
    if (silent > 0.0) scale_ = 1.0 / silent;
  }

  StatisticsLoss from_statistics(const ChannelStatistics& statistics,
                                 double weight,
                                 Want want) const override {
    STRATA_CHECK(statistics.channels() == mean_.size(0), "target of another layer");
    const at::Tensor deviation = deviations(statistics);
    const at::Tensor mean_difference = statistics.mean - mean_;
    const at::Tensor deviation_difference = deviation - deviation_;
    const double per_channel = weight * scale_ / static_cast<double>(mean_.size(0));
    StatisticsLoss loss;
    loss.value = per_channel *
                 (mean_difference.square() + deviation_difference.square()).sum().item<double>();
    if (want == Want::value) return loss;
    // ds/dS_cc = 1 / 2s and ds/dm = -m / s.
    const at::Tensor over_deviation =
        at::where(deviation > 0.0, deviation_difference / deviation, at::zeros_like(deviation));
    loss.d_second = at::diag(over_deviation * per_channel);
    loss.d_mean = (mean_difference - over_deviation * statistics.mean) * (2.0 * per_channel);
    return loss;
  }

 private:
  at::Tensor mean_;
  at::Tensor deviation_;
  double scale_ = 1.0;
};

}  // namespace

std::unique_ptr<StatisticsTerm> make_mean_std_style(const ChannelStatistics& target,
                                                    StyleScale scale) {
  return std::make_unique<MeanStdStyle>(target, scale);
}

}  // namespace strata::styletransfer

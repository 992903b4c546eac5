#include "styletransfer/losses/channel_statistics.hpp"

#include "base/error.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

// Positions whose products are added up in the features' own precision. Rounding errors grow with
// it; far below it, adding blocks in float64 would cost as much as their products.
int64_t block_of(int64_t channels) { return std::max<int64_t>(1024, 4 * channels); }

bool is_channels_last(const at::Tensor& features) {
  return features.is_contiguous(at::MemoryFormat::ChannelsLast) && !features.is_contiguous();
}

// N x C, without a copy for channels-last and for contiguous features.
at::Tensor by_position(const at::Tensor& features) {
  const int64_t channels = features.size(1);
  if (is_channels_last(features)) return features.permute({0, 2, 3, 1}).reshape({-1, channels});
  return features.contiguous().view({channels, -1}).t();
}

// N x 1, in the order of by_position.
at::Tensor by_position_weights(const at::Tensor& weights, const at::Tensor& features) {
  STRATA_CHECK(weights.dim() == 2 && weights.size(0) == features.size(2) &&
                   weights.size(1) == features.size(3),
               "weights are H x W, as the features are");
  return weights.reshape({-1, 1}).to(features.device());
}

double mass_of(const at::Tensor& weights) {
  const double mass = weights.sum(at::kDouble).item<double>();
  STRATA_CHECK(mass > 0.0, "weights without mass");
  return mass;
}

}  // namespace

ChannelStatistics channel_statistics(const at::Tensor& features, const at::Tensor& weights) {
  STRATA_CHECK(features.dim() == 4 && features.size(0) == 1 && features.numel() > 0,
               "features are 1 x C x H x W");
  const c10::NoGradGuard no_grad;
  const at::Tensor f = by_position(features);
  const at::Tensor w = weights.defined() ? by_position_weights(weights, features) : at::Tensor();
  const int64_t positions = f.size(0);
  const int64_t channels = f.size(1);
  const int64_t step = block_of(channels);
  const auto type = f.scalar_type();
  const auto precise = f.options().dtype(at::kDouble);
  at::Tensor product = at::zeros({channels, channels}, precise);
  at::Tensor sum = at::zeros({channels}, precise);
  for (int64_t start = 0; start < positions; start += step) {
    const int64_t count = std::min(step, positions - start);
    const at::Tensor block = f.narrow(0, start, count).to(at::promoteTypes(type, at::kFloat));
    const at::Tensor weighted =
        w.defined() ? block * w.narrow(0, start, count).to(block.scalar_type()) : block;
    product.add_(at::mm(block.t(), weighted));
    sum.add_(weighted.sum(0));
  }
  const double scale = 1.0 / (w.defined() ? mass_of(w) : static_cast<double>(positions));
  const int64_t seen = w.defined() ? w.count_nonzero().item<int64_t>() : positions;
  return {sum.mul_(scale), product.mul_(scale), seen};
}

ChannelStatistics mixed(const std::vector<ChannelStatistics>& statistics,
                        const std::vector<double>& shares) {
  STRATA_CHECK(!statistics.empty() && statistics.size() == shares.size(), "a share for each");
  ChannelStatistics sum{statistics[0].mean * shares[0], statistics[0].second_moment * shares[0],
                        statistics[0].positions};
  for (size_t i = 1; i < statistics.size(); ++i) {
    STRATA_CHECK(statistics[i].channels() == sum.channels(), "statistics of another layer");
    sum.mean.add_(statistics[i].mean, shares[i]);
    sum.second_moment.add_(statistics[i].second_moment, shares[i]);
    sum.positions += statistics[i].positions;
  }
  return sum;
}

at::Tensor channel_statistics_backward(const at::Tensor& features,
                                       const at::Tensor& d_second,
                                       const at::Tensor& d_mean,
                                       const at::Tensor& weights) {
  const c10::NoGradGuard no_grad;
  const int64_t channels = features.size(1);
  const int64_t height = features.size(2);
  const int64_t width = features.size(3);
  const at::Tensor f = by_position(features);
  const at::Tensor w = weights.defined() ? by_position_weights(weights, features) : at::Tensor();
  const double scale = 1.0 / (w.defined() ? mass_of(w) : static_cast<double>(height * width));
  const bool last = is_channels_last(features);

  at::Tensor gradient;  // N x C; its transpose is contiguous where the features are
  if (d_second.defined()) {
    const at::Tensor map = ((d_second + d_second.t()) * scale).to(f.scalar_type());
    gradient = last ? at::mm(f, map) : at::mm(map, f.t()).t();
  } else {
    gradient = last ? at::zeros({height * width, channels}, f.options())
                    : at::zeros({channels, height * width}, f.options()).t();
  }
  if (d_mean.defined()) gradient.add_((d_mean * scale).to(f.scalar_type()));
  if (w.defined()) gradient.mul_(w.to(f.scalar_type()));
  if (last) return gradient.view({1, height, width, channels}).permute({0, 3, 1, 2});
  return gradient.t().view({1, channels, height, width});
}

Loss StatisticsTerm::evaluate(const at::Tensor& features, double weight, Want want) const {
  const StatisticsLoss loss = from_statistics(channel_statistics(features), weight, want);
  if (want == Want::value) return {loss.value, {}};
  return {loss.value, channel_statistics_backward(features, loss.d_second, loss.d_mean)};
}

}  // namespace strata::styletransfer

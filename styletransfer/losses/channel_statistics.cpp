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

}  // namespace

ChannelStatistics channel_statistics(const at::Tensor& features) {
  STRATA_CHECK(features.dim() == 4 && features.size(0) == 1 && features.numel() > 0,
               "features are 1 x C x H x W");
  const c10::NoGradGuard no_grad;
  const at::Tensor f = by_position(features);
  const int64_t positions = f.size(0);
  const int64_t channels = f.size(1);
  const int64_t step = block_of(channels);
  const auto type = f.scalar_type();
  const auto precise = f.options().dtype(at::kDouble);
  at::Tensor product = at::zeros({channels, channels}, precise);
  at::Tensor sum = at::zeros({channels}, precise);
  for (int64_t start = 0; start < positions; start += step) {
    const at::Tensor block = f.narrow(0, start, std::min(step, positions - start))
                                 .to(at::promoteTypes(type, at::kFloat));
    product.add_(at::mm(block.t(), block));
    sum.add_(block.sum(0));
  }
  const double scale = 1.0 / static_cast<double>(positions);
  return {sum.mul_(scale), product.mul_(scale), positions};
}

at::Tensor channel_statistics_backward(const at::Tensor& features,
                                       const at::Tensor& d_second,
                                       const at::Tensor& d_mean) {
  const c10::NoGradGuard no_grad;
  const int64_t channels = features.size(1);
  const int64_t height = features.size(2);
  const int64_t width = features.size(3);
  const at::Tensor f = by_position(features);
  const double scale = 1.0 / static_cast<double>(height * width);
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
  if (last) return gradient.view({1, height, width, channels}).permute({0, 3, 1, 2});
  return gradient.t().view({1, channels, height, width});
}

Loss StatisticsTerm::evaluate(const at::Tensor& features, double weight, Want want) const {
  const StatisticsLoss loss = from_statistics(channel_statistics(features), weight, want);
  if (want == Want::value) return {loss.value, {}};
  return {loss.value, channel_statistics_backward(features, loss.d_second, loss.d_mean)};
}

}  // namespace strata::styletransfer

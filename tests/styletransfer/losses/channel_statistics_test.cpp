#include "styletransfer/losses/channel_statistics.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::normal;
using strata::testing::tensors_close;

at::Tensor as_matrix(const at::Tensor& features) { return features[0].flatten(1).to(at::kDouble); }

TEST(ChannelStatistics, OfFourHandWrittenNumbers) {
  // Two channels at two positions: (1, 3) and (2, -2).
  const at::Tensor features = at::tensor({1.0, 3.0, 2.0, -2.0}).view({1, 2, 1, 2});
  const ChannelStatistics statistics = channel_statistics(features);
  EXPECT_EQ(statistics.positions, 2);
  EXPECT_TRUE(tensors_close(statistics.mean, at::tensor({2.0, 0.0}).to(at::kDouble), 1e-12));
  EXPECT_TRUE(tensors_close(statistics.second_moment,
                            at::tensor({5.0, -2.0, -2.0, 4.0}).view({2, 2}).to(at::kDouble),
                            1e-12));
}

TEST(ChannelStatistics, EqualTheirDefinitionForEveryTypeAndLayout) {
  // More positions than one block.
  const at::Tensor features = normal({1, 5, 150, 121}, 1, at::kDouble) + 0.5;
  const at::Tensor f = as_matrix(features);
  const at::Tensor expected = at::mm(f, f.t()) / static_cast<double>(f.size(1));
  for (const auto type : {at::kDouble, at::kFloat}) {
    for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      const ChannelStatistics s = channel_statistics(features.to(type).contiguous(layout));
      EXPECT_EQ(s.second_moment.scalar_type(), at::kDouble);
      EXPECT_TRUE(tensors_close(s.second_moment, expected, type == at::kDouble ? 1e-12 : 1e-6));
      EXPECT_TRUE(tensors_close(s.mean, f.mean(1), type == at::kDouble ? 1e-12 : 1e-6));
    }
  }
}

TEST(ChannelStatistics, DoNotSeeWherePositionsLie) {
  const at::Tensor features = normal({1, 4, 6, 7}, 2, at::kDouble);
  const at::Tensor order = at::randperm(42, at::kLong);
  const at::Tensor shuffled = features.flatten(2).index_select(2, order).view({1, 4, 6, 7});
  EXPECT_TRUE(tensors_close(channel_statistics(shuffled).second_moment,
                            channel_statistics(features).second_moment, 1e-12));
}

TEST(ChannelStatistics, BackwardIsTheChainRuleForEveryLayout) {
  const at::Tensor features = normal({1, 3, 4, 5}, 3, at::kDouble);
  const at::Tensor d_second = normal({3, 3}, 4, at::kDouble);  // not symmetric on purpose
  const at::Tensor d_mean = normal({3}, 5, at::kDouble);
  const auto scalar = [&](const at::Tensor& x) {
    const ChannelStatistics s = channel_statistics(x);
    return ((s.second_moment * d_second).sum() + (s.mean * d_mean).sum()).item<double>();
  };
  const at::Tensor expected = strata::testing::central_differences(scalar, features);
  for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const at::Tensor x = features.contiguous(layout);
    const at::Tensor gradient = channel_statistics_backward(x, d_second, d_mean);
    EXPECT_TRUE(gradient.is_contiguous(layout));
    EXPECT_TRUE(tensors_close(gradient, expected, 1e-8));
  }
}

TEST(ChannelStatistics, BackwardTakesAnUndefinedPartAsZero) {
  const at::Tensor features = normal({1, 3, 2, 5}, 6, at::kDouble);
  const at::Tensor zero_matrix = at::zeros({3, 3}, at::kDouble);
  const at::Tensor d_mean = normal({3}, 7, at::kDouble);
  for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const at::Tensor x = features.contiguous(layout);
    EXPECT_TRUE(tensors_close(channel_statistics_backward(x, {}, d_mean),
                              channel_statistics_backward(x, zero_matrix, d_mean), 1e-12));
    EXPECT_TRUE(tensors_close(channel_statistics_backward(x, {}, {}), at::zeros_like(x), 1e-12));
  }
}

}  // namespace
}  // namespace strata::styletransfer

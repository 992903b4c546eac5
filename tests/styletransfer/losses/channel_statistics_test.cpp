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

TEST(ChannelStatistics, MixedAreThoseOfAllPositionsWhereSharesAreTheirNumbers) {
  const at::Tensor a = normal({1, 3, 2, 5}, 8, at::kDouble),
                   b = normal({1, 3, 2, 15}, 9, at::kDouble);
  const auto mix = mixed({channel_statistics(a), channel_statistics(b)}, {0.25, 0.75});
  const auto all = channel_statistics(at::cat({a, b}, 3));
  EXPECT_TRUE(tensors_close(mix.mean, all.mean, 1e-12));
  EXPECT_TRUE(tensors_close(mix.second_moment, all.second_moment, 1e-12));
  EXPECT_EQ(mix.positions, all.positions);
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

at::Tensor some_weights(int64_t height, int64_t width, uint64_t seed) {
  return normal({height, width}, seed, at::kDouble).clamp_min(0.0);  // half of them are zero
}

TEST(WeightedChannelStatistics, OfThreeHandWrittenPositions) {
  // Values 1, 2 and 5 with weights 1, 3 and 0.
  const at::Tensor features = at::tensor({1.0, 2.0, 5.0}).view({1, 1, 1, 3}).to(at::kDouble);
  const at::Tensor weights = at::tensor({1.0, 3.0, 0.0}).view({1, 3}).to(at::kDouble);
  const ChannelStatistics statistics = channel_statistics(features, weights);
  EXPECT_DOUBLE_EQ(statistics.mean.item<double>(), 7.0 / 4.0);
  EXPECT_DOUBLE_EQ(statistics.second_moment.item<double>(), 13.0 / 4.0);
  EXPECT_EQ(statistics.positions, 2);
}

TEST(WeightedChannelStatistics, EqualTheirDefinitionForEveryTypeAndLayout) {
  const at::Tensor features = normal({1, 5, 60, 41}, 1, at::kDouble) + 0.5;
  const at::Tensor weights = some_weights(60, 41, 2);
  const at::Tensor f = as_matrix(features);
  at::Tensor second = at::zeros({5, 5}, at::kDouble);
  at::Tensor mean = at::zeros({5}, at::kDouble);
  double mass = 0.0;
  for (int64_t p = 0; p < f.size(1); ++p) {
    const double w = weights.flatten()[p].item<double>();
    second += w * at::outer(f.select(1, p), f.select(1, p));
    mean += w * f.select(1, p);
    mass += w;
  }
  for (const auto type : {at::kDouble, at::kFloat}) {
    for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      const ChannelStatistics s = channel_statistics(features.to(type).contiguous(layout), weights);
      EXPECT_TRUE(
          tensors_close(s.second_moment, second / mass, type == at::kDouble ? 1e-12 : 1e-6));
      EXPECT_TRUE(tensors_close(s.mean, mean / mass, type == at::kDouble ? 1e-12 : 1e-6));
    }
  }
}

TEST(WeightedChannelStatistics, WithWeightsOfOneAreTheUnweightedToTheLastBit) {
  for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const at::Tensor x = normal({1, 6, 50, 47}, 3).contiguous(layout);
    const at::Tensor ones = at::ones({50, 47});
    const ChannelStatistics plain = channel_statistics(x);
    const ChannelStatistics weighted = channel_statistics(x, ones);
    EXPECT_TRUE(at::equal(weighted.mean, plain.mean));
    EXPECT_TRUE(at::equal(weighted.second_moment, plain.second_moment));
    EXPECT_EQ(weighted.positions, plain.positions);
    const at::Tensor d_second = normal({6, 6}, 4, at::kDouble);
    const at::Tensor d_mean = normal({6}, 5, at::kDouble);
    EXPECT_TRUE(at::equal(channel_statistics_backward(x, d_second, d_mean, ones),
                          channel_statistics_backward(x, d_second, d_mean)));
  }
}

TEST(WeightedChannelStatistics, AreThoseOfThePositionsInsideAHardMask) {
  const at::Tensor features = normal({1, 4, 6, 8}, 6, at::kDouble);
  at::Tensor weights = at::zeros({6, 8}, at::kDouble);
  weights.narrow(1, 2, 3).fill_(1.0);
  const ChannelStatistics inside = channel_statistics(features.narrow(3, 2, 3));
  const ChannelStatistics masked = channel_statistics(features, weights);
  EXPECT_TRUE(tensors_close(masked.second_moment, inside.second_moment, 1e-12));
  EXPECT_TRUE(tensors_close(masked.mean, inside.mean, 1e-12));
  EXPECT_EQ(masked.positions, inside.positions);
  // The mass is taken out: a mask half as strong is the same mask.
  EXPECT_TRUE(tensors_close(channel_statistics(features, 0.5 * weights).second_moment,
                            inside.second_moment, 1e-12));
}

TEST(WeightedChannelStatistics, BackwardIsTheChainRuleAndZeroWhereTheWeightIs) {
  const at::Tensor features = normal({1, 3, 4, 5}, 7, at::kDouble);
  const at::Tensor weights = some_weights(4, 5, 8);
  const at::Tensor d_second = normal({3, 3}, 9, at::kDouble);
  const at::Tensor d_mean = normal({3}, 10, at::kDouble);
  const auto scalar = [&](const at::Tensor& x) {
    const ChannelStatistics s = channel_statistics(x, weights);
    return ((s.second_moment * d_second).sum() + (s.mean * d_mean).sum()).item<double>();
  };
  const at::Tensor expected = strata::testing::central_differences(scalar, features);
  for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const at::Tensor x = features.contiguous(layout);
    const at::Tensor gradient = channel_statistics_backward(x, d_second, d_mean, weights);
    EXPECT_TRUE(gradient.is_contiguous(layout));
    EXPECT_TRUE(tensors_close(gradient, expected, 1e-8));
    EXPECT_EQ((gradient * (weights == 0.0)).abs().max().item<double>(), 0.0);
  }
}

}  // namespace
}  // namespace strata::styletransfer

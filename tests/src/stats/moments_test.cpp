#include "stats/moments.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>

namespace strata::stats {
namespace {

using testing::normal;
using testing::tensors_close;
using testing::throws;

/// Sums over positions one by one, in float64.
struct BruteForce {
  at::Tensor mean, second;
  explicit BruteForce(const at::Tensor& features) {
    const at::Tensor f = features.to(at::kDouble).contiguous();
    const auto value = f.accessor<double, 4>();
    const int64_t channels = f.size(1);
    mean = at::zeros({channels}, at::kDouble);
    second = at::zeros({channels, channels}, at::kDouble);
    auto m = mean.accessor<double, 1>();
    auto s = second.accessor<double, 2>();
    const double n = static_cast<double>(f.numel()) / static_cast<double>(channels);
    for (int64_t i = 0; i < f.size(0); ++i) {
      for (int64_t y = 0; y < f.size(2); ++y) {
        for (int64_t x = 0; x < f.size(3); ++x) {
          for (int64_t a = 0; a < channels; ++a) {
            m[a] += value[i][a][y][x] / n;
            for (int64_t b = 0; b < channels; ++b) {
              s[a][b] += value[i][a][y][x] * value[i][b][y][x] / n;
            }
          }
        }
      }
    }
  }
};

/// Means well away from zero, as after a ReLU.
at::Tensor some_features(at::IntArrayRef shape, uint64_t seed, at::ScalarType type = at::kDouble) {
  return (normal(shape.vec(), seed, at::kDouble) + 0.7).to(type);
}

void expect_same(const ChannelMoments& a, const ChannelMoments& b, double tolerance) {
  EXPECT_EQ(a.positions(), b.positions());
  EXPECT_TRUE(tensors_close(a.mean(), b.mean(), tolerance));
  EXPECT_TRUE(tensors_close(a.second_moment(), b.second_moment(), tolerance));
}

TEST(ChannelMoments, AreThoseOfBruteForceInEveryPrecisionAndLayout) {
  for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16}) {
    const at::Tensor features = some_features({3, 5, 7, 6}, 1, type);
    const BruteForce expected(features);
    for (const at::Tensor& arranged :
         {features, features.contiguous(at::MemoryFormat::ChannelsLast),
          features.transpose(2, 3).contiguous().transpose(2, 3)}) {
      ChannelMoments moments;
      moments.add(arranged);
      const double tolerance = type == at::kDouble ? 1e-13 : 1e-6;
      EXPECT_EQ(moments.positions(), 3 * 7 * 6);
      EXPECT_EQ(moments.channels(), 5);
      EXPECT_EQ(moments.mean().scalar_type(), at::kDouble);
      EXPECT_TRUE(tensors_close(moments.mean(), expected.mean, tolerance));
      EXPECT_TRUE(tensors_close(moments.second_moment(), expected.second, tolerance));
      EXPECT_TRUE(at::equal(moments.second_moment(), moments.second_moment().t()));
      const at::Tensor covariance = expected.second - at::outer(expected.mean, expected.mean);
      EXPECT_TRUE(tensors_close(moments.covariance(), covariance, 10 * tolerance));
    }
  }
}

TEST(ChannelMoments, TilesMakeTheWhole) {
  const at::Tensor features = some_features({2, 4, 11, 9}, 2);
  ChannelMoments whole, tiles;
  whole.add(features);
  for (const auto& [top, bottom] : {std::pair{0, 4}, {4, 10}, {10, 11}}) {
    for (const auto& [left, right] : {std::pair{0, 5}, {5, 5}, {5, 9}}) {
      tiles.add(features.contiguous(at::MemoryFormat::ChannelsLast), top, bottom, left, right);
    }
  }
  expect_same(tiles, whole, 1e-13);
}

TEST(ChannelMoments, MergedOnesAreThoseOfTheWholeInAnyOrder) {
  const at::Tensor features = some_features({5, 3, 4, 4}, 3);
  ChannelMoments whole, a, b, nothing;
  whole.add(features);
  a.add(features.narrow(0, 0, 2));
  b.add(features.narrow(0, 2, 3));
  ChannelMoments ab = a, ba = b;
  ab.merge(b);
  ba.merge(a);
  ba.merge(nothing);
  nothing.merge(ab);
  expect_same(ab, whole, 1e-13);
  expect_same(ba, whole, 1e-13);
  expect_same(nothing, whole, 1e-13);
  ChannelMoments copy = a;
  copy.merge(a);
  EXPECT_EQ(copy.positions(), 2 * a.positions());
  EXPECT_TRUE(tensors_close(copy.second_moment(), a.second_moment(), 1e-15));
}

TEST(ChannelMoments, KeepTheirPrecisionOverManyPictures) {
  // A million positions of 1 + 1e-4 (-1)^i: float32 sums would lose the second moment's 1e-8.
  const at::Tensor sign = 1 - 2 * at::remainder(at::arange(1 << 20, at::kDouble), 2);
  const at::Tensor features = (1 + 1e-4 * sign).to(at::kFloat).view({16, 1, 256, 256});
  const at::Tensor exact = features.to(at::kDouble);
  ChannelMoments moments;
  for (int64_t i = 0; i < 16; ++i) moments.add(features.narrow(0, i, 1));
  EXPECT_NEAR(moments.second_moment().item<double>(), exact.square().mean().item<double>(), 5e-8);
  EXPECT_NEAR(moments.mean().item<double>(), exact.mean().item<double>(), 1e-12);
}

TEST(ChannelMoments, RefuseWhatIsNotFiniteAndKeepWhatTheyHave) {
  ChannelMoments moments;
  moments.add(some_features({1, 3, 4, 4}, 4));
  const at::Tensor before = moments.second_moment();
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    at::Tensor features = some_features({1, 3, 4, 4}, 5);
    features[0][1][2][3] = bad;
    EXPECT_TRUE(throws<NumericalError>([&] { moments.add(features); }, "not finite"));
  }
  EXPECT_TRUE(throws<Fault>([&] { moments.add(at::ones({1, 4, 2, 2})); }, "4 channels after 3"));
  EXPECT_TRUE(at::equal(moments.second_moment(), before));
  EXPECT_EQ(moments.positions(), 16);
}

TEST(ChannelMoments, WithoutPositionsHaveNoMean) {
  ChannelMoments moments;
  moments.add(at::ones({2, 3, 4, 4}), 1, 1, 0, 4);
  EXPECT_EQ(moments.positions(), 0);
  EXPECT_EQ(moments.channels(), 0);
  EXPECT_TRUE(throws<Fault>([&] { moments.mean(); }, "nothing was added"));
  EXPECT_TRUE(throws<Fault>([&] { moments.add(at::ones({1, 3, 4, 4}), 0, 5, 0, 4); }, "4 x 4"));
  EXPECT_TRUE(throws<Fault>([&] { moments.add(at::ones({3, 4})); }, "n x C x H x W"));
}

TEST(FeatureProducts, AreThoseOfEachPicture) {
  const at::Tensor features = some_features({3, 4, 5, 6}, 6, at::kFloat);
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const at::Tensor products = feature_products(features.contiguous(format));
    EXPECT_EQ(products.scalar_type(), at::kFloat);
    for (int64_t i = 0; i < 3; ++i) {
      const BruteForce expected(features.narrow(0, i, 1));
      EXPECT_TRUE(tensors_close(products[i], expected.second * 30, 1e-6));
    }
  }
}

TEST(UpperTriangle, HasTheFrobeniusProductsOfTheMatrices) {
  const at::Tensor small = at::tensor({1.0, 2.0, 2.0, 5.0}, at::kDouble).view({1, 2, 2});
  EXPECT_TRUE(tensors_close(upper_triangle(small),
                            at::tensor({1.0, 2 * std::sqrt(2.0), 5.0}, at::kDouble).view({1, 3}),
                            1e-15));
  at::Tensor a = normal({4, 6, 6}, 7, at::kDouble);
  a = a + a.transpose(1, 2);
  const at::Tensor t = upper_triangle(a);
  EXPECT_EQ(t.sizes().vec(), (std::vector<int64_t>{4, 21}));
  EXPECT_TRUE(tensors_close(at::mm(t, t.t()), at::mm(a.flatten(1), a.flatten(1).t()), 1e-14));
  EXPECT_EQ(t[2][1].item<double>(), (a[2][0][1] * std::sqrt(2.0)).item<double>());
  EXPECT_EQ(t[2][6].item<double>(), a[2][1][1].item<double>());
  EXPECT_TRUE(throws<Fault>([&] { upper_triangle(at::ones({2, 3, 4})); }, "n x C x C"));
}

}  // namespace
}  // namespace strata::stats

#include "probes/feature.hpp"

#include "base/error.hpp"
#include "stats/moments.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using namespace strata::testing;

TEST(Feature, IsReadFromItsName) {
  EXPECT_EQ(feature_from("gap").kind, Feature::Kind::gap);
  EXPECT_EQ(feature_from("gram").limit, 8256);
  EXPECT_EQ(feature_from("gram:4096").limit, 4096);
  EXPECT_EQ(features_from({"gap", "gram", "gap"}).size(), 2U);
}

TEST(Feature, RefusesUnknownNamesWithTheNearest) {
  EXPECT_TRUE(throws<UsageError>([] { feature_from("gam"); }, "did you mean gap?"));
  EXPECT_TRUE(throws<UsageError>([] { feature_from("gram:"); }, "gram:M"));
  EXPECT_TRUE(throws<UsageError>([] { feature_from("gram:12x"); }, "found 'gram:12x'"));
  EXPECT_TRUE(throws<UsageError>([] { feature_from("gram:3"); }, "from 16"));
  EXPECT_TRUE(throws<UsageError>([] { features_from({}); }, "none given"));
}

TEST(Feature, OfWideLayersIsBoundedByItsLimit) {
  EXPECT_EQ(dims(feature_from("gap"), 512), 512);
  EXPECT_EQ(dims(feature_from("gram"), 128), 8256);
  EXPECT_EQ(definition(feature_from("gram"), 128), "gram");
  EXPECT_EQ(dims(feature_from("gram"), 129), 8256);
  EXPECT_EQ(definition(feature_from("gram"), 129), "gram sketched to 8256");
  EXPECT_EQ(dims(feature_from("gram:131328"), 512), 131328);
}

TEST(Feature, GramNeedsMoreThanOnePosition) {
  EXPECT_TRUE(applies(feature_from("gram"), {1, 8, 2, 1}));
  EXPECT_FALSE(applies(feature_from("gram"), {1, 8, 1, 1}));
  EXPECT_FALSE(applies(feature_from("gram"), {1, 8}));
  EXPECT_TRUE(applies(feature_from("gap"), {1, 8}));
}

TEST(FeatureMap, GapIsTheMeanOverPositions) {
  const at::Tensor layer = normal({3, 4, 5, 6}, 1, at::kFloat);
  const at::Tensor features = FeatureMap(feature_from("gap"), 4)(layer);
  EXPECT_TRUE(tensors_close(features, layer.mean(at::IntArrayRef{2, 3}), 1e-6));
  const at::Tensor flat = normal({3, 4}, 2, at::kFloat);
  EXPECT_TRUE(tensors_close(FeatureMap(feature_from("gap"), 4)(flat), flat, 0));
}

TEST(FeatureMap, GramIsTheTriangleOfTheSecondMoment) {
  const at::Tensor layer = normal({2, 3, 4, 5}, 3, at::kFloat);
  const at::Tensor features = FeatureMap(feature_from("gram"), 3)(layer);
  ASSERT_EQ(features.sizes(), (at::IntArrayRef{2, 6}));
  for (int64_t picture = 0; picture < 2; ++picture) {
    const at::Tensor flat = layer[picture].reshape({3, 20}).to(at::kDouble);
    const at::Tensor moment = flat.matmul(flat.t()) / 20;
    EXPECT_NEAR(features[picture][0].item<double>(), moment[0][0].item<double>(), 1e-6);
    EXPECT_NEAR(features[picture][1].item<double>(), std::sqrt(2) * moment[0][1].item<double>(),
                1e-6);
    EXPECT_NEAR(features[picture].norm().item<double>(), moment.norm().item<double>(), 1e-5);
  }
}

TEST(FeatureMap, GramIgnoresWhereThingsAre) {
  const at::Tensor layer = normal({1, 3, 4, 4}, 4, at::kFloat);
  const at::Tensor moved = layer.reshape({1, 3, 16}).flip(2).reshape({1, 3, 4, 4});
  FeatureMap gram(feature_from("gram"), 3);
  EXPECT_TRUE(tensors_close(gram(moved), gram(layer), 1e-5));
}

TEST(FeatureMap, DoesNotDependOnLayoutOrBatch) {
  const at::Tensor layer = normal({4, 8, 5, 5}, 5, at::kFloat);
  for (const char* name : {"gap", "gram", "gram:16"}) {
    FeatureMap map(feature_from(name), 8);
    const at::Tensor whole = map(layer);
    EXPECT_TRUE(tensors_close(map(layer.contiguous(at::MemoryFormat::ChannelsLast)), whole, 1e-5));
    EXPECT_TRUE(tensors_close(map(layer.slice(0, 2, 3)), whole.slice(0, 2, 3), 1e-5));
  }
}

TEST(FeatureMap, ASketchKeepsDotProductsInExpectation) {
  // 48 channels, 1176 dims, sketched to 512: the error has a standard deviation of sqrt(2/512) of
  // the product of the norms at most.
  const at::Tensor layer = normal({8, 48, 6, 6}, 6, at::kFloat);
  const at::Tensor exact = FeatureMap(feature_from("gram"), 48)(layer);
  const at::Tensor sketched = FeatureMap(feature_from("gram:512"), 48)(layer);
  ASSERT_EQ(sketched.size(1), 512);
  const at::Tensor norms = exact.norm(2, 1);
  const at::Tensor error =
      (sketched.matmul(sketched.t()) - exact.matmul(exact.t())) / norms.outer(norms);
  EXPECT_LT(error.abs().max().item<double>(), 5 * std::sqrt(2.0 / 512));
  EXPECT_LT(std::abs(error.mean().item<double>()), std::sqrt(2.0 / 512));
}

TEST(FeatureMap, ASketchIsTheSameEveryTime) {
  const at::Tensor layer = normal({1, 16, 3, 3}, 7, at::kFloat);
  EXPECT_TRUE(tensors_close(FeatureMap(feature_from("gram:32"), 16)(layer),
                            FeatureMap(feature_from("gram:32"), 16)(layer), 0));
}

}  // namespace
}  // namespace strata::probes

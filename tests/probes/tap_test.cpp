#include "probes/tap.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <set>

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using strata::testing::throws;

nn::Graph graph() {
  nn::Graph g;
  g.add("conv1", nn::Conv2d{.in = 3, .out = 4, .padding = {1, 1}});
  g.add("relu1", nn::Relu{});
  const nn::NodeId trunk = g.add("pool1", nn::Pool2d{});
  g.add("conv2", nn::Conv2d{.in = 4, .out = 4, .padding = {1, 1}});
  g.add("add", nn::Add{}, {trunk, g.last()});
  g.alias("block", g.last());
  return g;
}

TEST(Tap, SaysWhereALayerLies) {
  const std::vector<Tap> taps = taps_of(graph(), {"all"}, 16);
  ASSERT_EQ(taps.size(), 5U);
  EXPECT_EQ(taps[1].name, "relu1");
  EXPECT_EQ(taps[1].depth, 1);
  EXPECT_EQ(taps[1].shape, (nn::Shape{1, 4, 16, 16}));
  EXPECT_EQ(taps[2].depth, 1);
  EXPECT_EQ(taps[4].title, "block");
  EXPECT_EQ(taps[4].depth, 2);
  EXPECT_EQ(taps[4].channels(), 4);
}

TEST(Tap, HasASignatureOfItsOwn) {
  std::set<std::string> signatures;
  for (const Tap& tap : taps_of(graph(), {"all"}, 16)) signatures.insert(tap.signature);
  EXPECT_EQ(signatures.size(), 5U);
  nn::Graph other = graph();
  other.replace_op(3, nn::Pool2d{.kind = nn::Pool2d::Kind::average});
  const auto before = taps_of(graph(), {"all"}, 16), after = taps_of(other, {"all"}, 16);
  EXPECT_EQ(before[1].signature, after[1].signature) << "nothing below relu1 changed";
  EXPECT_NE(before[2].signature, after[2].signature);
  EXPECT_NE(before[4].signature, after[4].signature);
}

TEST(Tap, DoesNotDependOnTheOtherTaps) {
  EXPECT_EQ(taps_of(graph(), {"relu1"}, 16)[0].signature,
            taps_of(graph(), {"relu1", "block"}, 16)[0].signature);
}

TEST(Tap, OfAnUnknownNameNamesTheNearest) {
  EXPECT_TRUE(throws<UsageError>([] { taps_of(graph(), {"relu11"}, 16); }, "did you mean relu1?"));
}

}  // namespace
}  // namespace strata::probes

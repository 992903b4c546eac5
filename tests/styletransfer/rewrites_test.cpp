#include "styletransfer/rewrites.hpp"

#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

namespace strata::styletransfer {
namespace {

using strata::testing::small_network;

template <class T>
std::vector<T> nodes_of(const nn::Graph& graph) {
  std::vector<T> found;
  for (const auto& node : graph.nodes()) {
    if (const auto* op = std::get_if<T>(&node.op)) found.push_back(*op);
  }
  return found;
}

TEST(Rewrites, ThatSayNothingChangeNothing) {
  const nn::Network network = small_network();
  EXPECT_EQ(rewritten(network, {}).graph.signature(), network.graph.signature());
}

TEST(Rewrites, ChangePoolingFirstPaddingAndTheRangeOfPixels) {
  const nn::Network network = rewritten(small_network(), {.pooling = nn::Pool2d::Kind::average,
                                                          .pooling_ceil = true,
                                                          .first_padding = nn::Padding::replicate,
                                                          .input_scale = 256.0 / 255.0});
  for (const nn::Pool2d& pool : nodes_of<nn::Pool2d>(network.graph)) {
    EXPECT_EQ(pool.kind, nn::Pool2d::Kind::average);
    EXPECT_TRUE(pool.ceil);
  }
  const auto convolutions = nodes_of<nn::Conv2d>(network.graph);
  EXPECT_EQ(convolutions[0].fill, nn::Padding::replicate);
  EXPECT_EQ(convolutions[1].fill, nn::Padding::zeros);
  EXPECT_DOUBLE_EQ(network.card.input.range, 256.0);
  EXPECT_EQ(network.graph.shapes({1, 3, 7, 9}).back(), (nn::Shape{1, 6, 2, 3}));
}

}  // namespace
}  // namespace strata::styletransfer

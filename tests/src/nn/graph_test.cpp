#include "nn/graph.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <gmock/gmock.h>

namespace strata::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::throws;

/// input - conv1 - relu1 (relu1_1) - pool1 -+- conv2 - relu2 (relu2_1, deep) -+- cat - drop - flat
///                                          +- conv3 -------------------------+            - fc
Graph small() {
  Graph graph;
  graph.add("features.conv1", Conv2d{.in = 3, .out = 4, .padding = {1, 1}});
  graph.alias("relu1_1", graph.add("features.relu1", Relu{}));
  const NodeId pool = graph.add("features.pool1", Pool2d{});
  graph.add("features.conv2", Conv2d{.in = 4, .out = 6, .kernel = {5, 5}});
  const NodeId relu2 = graph.add("features.relu2", Relu{});
  graph.alias("relu2_1", relu2);
  graph.alias("deep", relu2);
  const NodeId conv3 = graph.add(
      "features.conv3", Conv2d{.in = 4, .out = 2, .kernel = {5, 5}, .bias = false}, {pool});
  graph.add("cat", Concat{}, {relu2, conv3});
  graph.add("pool", AdaptiveAveragePool2d{});
  graph.add("dropout", Dropout{});
  graph.add("flatten", Flatten{});
  graph.add("fc", Linear{8, 10});
  return graph;
}

std::vector<std::string> names(const Graph& graph, const std::vector<NodeId>& ids) {
  std::vector<std::string> list;
  for (const NodeId id : ids) list.push_back(graph.node(id).name);
  return list;
}

TEST(Graph, FindsNodesByNameAndByAlias) {
  const Graph graph = small();
  EXPECT_EQ(graph.find("features.relu2"), 5U);
  EXPECT_EQ(graph.find("relu2_1"), 5U);
  EXPECT_EQ(graph.find("input"), 0U);
  EXPECT_EQ(graph.find_if_known("relu9_1"), std::nullopt);
  EXPECT_EQ(graph.title(5), "relu2_1");
  EXPECT_EQ(graph.title(4), "features.conv2");
  EXPECT_THAT(graph.aliases_of(5), ElementsAre("relu2_1", "deep"));
}

TEST(Graph, NamesTheNearestLayerForASlip) {
  const Graph graph = small();
  EXPECT_TRUE(throws<UsageError>([&] { graph.find("relu2_2"); }, "did you mean relu2_1?"));
  EXPECT_TRUE(
      throws<UsageError>([&] { graph.find("features.conv4"); }, "did you mean features.conv"));
  EXPECT_TRUE(throws<UsageError>([&] { graph.select({"relu1_1", "Relu2_1"}); }, "Relu2_1"));
}

TEST(Graph, RefusesBrokenConstruction) {
  Graph graph = small();
  EXPECT_TRUE(throws<Fault>([&] { graph.add("cat", Relu{}); }, "cat"));
  EXPECT_TRUE(throws<Fault>([&] { graph.add("relu1_1", Relu{}); }, "relu1_1"));
  EXPECT_TRUE(throws<Fault>([&] { graph.alias("fc", 1); }, "fc"));
  EXPECT_TRUE(throws<Fault>([&] { graph.add("late", Relu{}, {99}); }, "late"));
  EXPECT_TRUE(throws<Fault>([&] { graph.add("two", Relu{}, {1, 2}); }, "two"));
  EXPECT_TRUE(throws<Fault>([&] { graph.add("none", Add{}, {}); }, "none"));
}

TEST(Graph, SelectsByPatternInOrderAndOnce) {
  const Graph graph = small();
  EXPECT_THAT(names(graph, graph.select({"relu?_1", "features.relu1"})),
              ElementsAre("features.relu1", "features.relu2"));
  EXPECT_THAT(names(graph, graph.select({"fc", "features.conv*"})),
              ElementsAre("features.conv1", "features.conv2", "features.conv3", "fc"));
  EXPECT_THAT(names(graph, graph.select({"all"})),
              ElementsAre("features.conv1", "features.relu1", "features.pool1", "features.conv2",
                          "features.relu2", "features.conv3", "cat", "pool", "fc"));
  EXPECT_EQ(graph.select({"*"}), graph.tappable());
  EXPECT_THAT(names(graph, graph.select({"dropout"})), ElementsAre("dropout"));
  EXPECT_TRUE(throws<UsageError>([&] { graph.select({"relu1_1", "block*"}); }, "block*"));
}

TEST(Graph, CutKeepsWhatIsNeededWithNamesAndAliases) {
  const Graph graph = small();
  const Graph cut = graph.cut({graph.find("features.conv3"), graph.find("relu1_1")});
  EXPECT_THAT(names(cut, {0, 1, 2, 3, 4}), ElementsAre("input", "features.conv1", "features.relu1",
                                                       "features.pool1", "features.conv3"));
  EXPECT_EQ(cut.nodes().size(), 5U);
  EXPECT_EQ(cut.node(4).inputs, std::vector<NodeId>{3});
  EXPECT_EQ(cut.find("relu1_1"), 2U);
  EXPECT_EQ(cut.find_if_known("relu2_1"), std::nullopt);
  EXPECT_EQ(graph.cut({graph.last()}).signature(), graph.signature());
}

TEST(Graph, ListsParametersWithFullNamesAndShapes) {
  const Graph graph = small();
  EXPECT_THAT(graph.parameters_of(6),
              ElementsAre(Pair("features.conv3.weight", Shape{2, 4, 5, 5})));
  EXPECT_THAT(graph.parameters_of(2), ElementsAre());
  const auto all = graph.parameters();
  ASSERT_EQ(all.size(), 7U);
  EXPECT_THAT(all.front(), Pair("features.conv1.weight", Shape{4, 3, 3, 3}));
  EXPECT_THAT(all.back(), Pair("fc.bias", Shape{10}));
}

TEST(Graph, SaysWhichLayerAPictureIsTooSmallForAndWhatWouldDo) {
  const Graph graph = small();
  EXPECT_EQ(graph.shapes({2, 3, 10, 13}).back(), (Shape{2, 10}));
  for (const Shape& picture : {Shape{1, 3, 1, 1}, Shape{1, 3, 9, 40}, Shape{1, 3, 40, 9}}) {
    EXPECT_TRUE(throws<InputError>([&] { graph.shapes(picture); }, "smallest that can is 10x10"));
  }
  EXPECT_TRUE(throws<InputError>([&] { graph.shapes({1, 3, 9, 40}); }, "features.conv2"));
  EXPECT_TRUE(throws<InputError>([&] { graph.shapes({1, 3, 9, 40}); }, "9x40"));
  EXPECT_TRUE(throws<InputError>([&] { graph.shapes({1, 1, 40, 40}); }, "1 channels where 3"));
  EXPECT_TRUE(throws<InputError>([&] { graph.shapes({1, 3, 0, 40}); }, "0x40"));
  graph.shapes({1, 3, 10, 10});
}

TEST(Graph, FixedSizesThatNoLargerPictureMeetsPromiseNone) {
  Graph graph;
  graph.add("flatten", Flatten{});
  graph.add("fc", Linear{3 * 4 * 5, 2});
  graph.shapes({1, 3, 4, 5});
  try {
    graph.shapes({1, 3, 4, 4});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("48 features where 60"));
    EXPECT_THAT(error.what(), Not(HasSubstr("smallest")));
  }
}

TEST(Graph, SignatureTellsFunctionsApartAndNothingElse) {
  Graph graph = small();
  const std::string signature = graph.signature();
  EXPECT_EQ(small().signature(), signature);
  graph.alias("another", 3);
  graph.replace_op(graph.find("dropout"), Dropout{0.1});
  EXPECT_EQ(graph.signature(), signature);
  graph.replace_op(1, Conv2d{.in = 3, .out = 4, .padding = {1, 1}, .fill = Padding::reflect});
  EXPECT_NE(graph.signature(), signature);
  Graph scaled = small();
  scaled.replace_op(3, Pool2d{.scale = 1.0000001});
  EXPECT_NE(scaled.signature(), signature);
  Graph renamed;
  renamed.add("other", Conv2d{.in = 3, .out = 4, .padding = {1, 1}});
  EXPECT_NE(renamed.signature(), small().cut({1}).signature());
}

TEST(Graph, PoolingAndPaddingAreRewrittenAndNothingElse) {
  const Graph graph = small();
  const Graph average = with_pooling(graph, Pool2d::Kind::average);
  EXPECT_EQ(std::get<Pool2d>(average.node(3).op).kind, Pool2d::Kind::average);
  EXPECT_EQ(with_pooling(average, Pool2d::Kind::max).signature(), graph.signature());
  const Graph reflected = with_padding(graph, Padding::reflect);
  EXPECT_EQ(std::get<Conv2d>(reflected.node(1).op).fill, Padding::reflect);
  EXPECT_EQ(std::get<Conv2d>(reflected.node(4).op).fill, Padding::zeros) << "it pads nothing";
  EXPECT_EQ(reflected.find("relu2_1"), 5U);
  EXPECT_EQ(with_padding(reflected, Padding::zeros).signature(), graph.signature());
}

}  // namespace
}  // namespace strata::nn

#include "styletransfer/layers.hpp"

#include "base/error.hpp"
#include "nn/builders.hpp"
#include "testing/testing.hpp"

#include <numeric>

namespace strata::styletransfer {
namespace {

using strata::testing::throws;
using Layers = std::vector<LayerWeight>;

const nn::Graph& vgg() {
  static const nn::Graph graph = nn::build({.builder = "vgg", .variant = "11"});
  return graph;
}

// All nodes up to a layer.
std::vector<nn::NodeId> up_to(const std::string& layer) {
  std::vector<nn::NodeId> nodes(vgg().find(layer) + 1);
  std::iota(nodes.begin(), nodes.end(), nn::NodeId{0});
  return nodes;
}

Layers choose(LayerRequest request, const std::string& deepest = "relu5_2") {
  request.preset = "sample";
  request.option = "style_layers";
  return choose_layers(request, vgg(), up_to(deepest), "the weights of vgg11");
}

TEST(Layers, AreReadWithAnOptionalWeight) {
  EXPECT_EQ(parse_layers("style_layers", {"relu1_1", "relu3_1=0.5", "x=2e-3"}),
            (Layers{{"relu1_1", 1.0}, {"relu3_1", 0.5}, {"x", 0.002}}));
}

TEST(Layers, WithAWeightThatIsNoPositiveNumberAreRefused) {
  for (const char* text : {"relu1_1=", "relu1_1=x", "relu1_1=0", "relu1_1=-1", "relu1_1=inf",
                           "relu1_1=nan", "relu1_1=1x"}) {
    EXPECT_TRUE(throws<UsageError>([&] { parse_layers("style_layers", {text}); }, text));
  }
  EXPECT_TRUE(throws<UsageError>([] { parse_layers("style_layers", {"=1"}); }, "without a name"));
  EXPECT_TRUE(throws<UsageError>([] { parse_layers("style_layers", {"a", "a=2"}); }, "twice"));
}

TEST(Layers, OfTheUserComeBeforeThePresetsAndThoseBeforeTheCards) {
  const Layers user{{"relu2_1", 2.0}}, preset{{"relu1_1", 1.0}};
  EXPECT_EQ(choose({.layers = preset, .chosen = user, .of_card = {"relu3_1"}}), user);
  EXPECT_EQ(choose({.layers = preset, .of_card = {"relu3_1"}}), preset);
  EXPECT_EQ(choose({.of_card = {"relu3_1"}}), (Layers{{"relu3_1", 1.0}}));
}

TEST(Layers, GoByTheNamePeopleUse) {
  EXPECT_EQ(choose({.chosen = {{"features.1", 1.0}}}), (Layers{{"relu1_1", 1.0}}));
}

TEST(Layers, BeyondTheWeightsAreAnErrorThatNamesTheDeepest) {
  EXPECT_TRUE(throws<UsageError>(
      [] {
        choose({.layers = {{"relu4_1", 1.0}}}, "relu3_2");
      },
      "preset sample needs layer relu4_1, but the weights of vgg11 go "
      "only as deep as relu3_2; choose layers with --style-layers"));
}

TEST(Layers, OfTheCardBeyondTheWeightsAreLeftOut) {
  EXPECT_EQ(choose({.of_card = {"relu1_1", "relu4_1"}}, "relu3_2"), (Layers{{"relu1_1", 1.0}}));
}

TEST(Layers, OfTheCardAreReplacedByTheDeepestActivationWhereNoneIsReached) {
  EXPECT_EQ(choose({.of_card = {"relu5_1"}}, "conv3_2"), (Layers{{"relu3_1", 1.0}}));
}

TEST(Layers, ThatDoNotExistAreNamedWithTheNearest) {
  EXPECT_TRUE(throws<UsageError>(
      [] {
        choose({.chosen = {{"relu1_l", 1.0}}});
      },
      "did you mean relu1_1?"));
}

TEST(Layers, NamedTwiceByDifferentNamesAreRefused) {
  EXPECT_TRUE(throws<UsageError>(
      [] {
        choose({.chosen = {{"relu1_1", 1.0}, {"features.1", 1.0}}});
      },
      "features.1"));
}

TEST(Layers, WithoutPositionsAreRefused) {
  EXPECT_TRUE(throws<UsageError>(
      [] {
        choose({.chosen = {{"relu6", 1.0}}}, "relu7");
      },
      "relu6 has no positions"));
}

}  // namespace
}  // namespace strata::styletransfer

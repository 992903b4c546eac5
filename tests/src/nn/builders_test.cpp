#include "nn/builders.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "formula_weights.hpp"
#include "nn/plan.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace strata::nn {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::throws;

using NamedShapes = std::vector<std::pair<std::string, Shape>>;

/// tests/golden/torchvision_networks.py wrote it.
const json& golden() {
  static const json kGolden = json::parse(
      read_text(std::string(STRATA_SOURCE_DIR) + "/tests/golden/torchvision_networks.json"));
  return kGolden;
}

/// "vgg 16_bn"
Architecture architecture_of(const std::string& key) {
  const size_t blank = key.find(' ');
  Architecture architecture{.builder = key.substr(0, blank), .variant = key.substr(blank + 1)};
  if (architecture.builder == "cifar_resnet") architecture.classes = 10;
  return architecture;
}

TEST(Builders, HaveTheLayersAndShapesOfTorchvisionInItsOrder) {
  const Shape picture = golden()["picture"].get<Shape>();
  for (const auto& [key, expected] : golden()["networks"].items()) {
    const Graph graph = build(architecture_of(key));
    const auto shapes = graph.shapes(picture);
    NamedShapes layers;
    for (NodeId id = 1; id <= graph.last(); ++id) {
      layers.emplace_back(graph.node(id).name, shapes[id]);
    }
    EXPECT_EQ(layers, expected["layers"].get<NamedShapes>()) << key;
  }
}

TEST(Builders, HaveTheParametersOfTorchvision) {
  for (const auto& [key, expected] : golden()["networks"].items()) {
    auto parameters = build(architecture_of(key)).parameters();
    auto theirs = expected["parameters"].get<NamedShapes>();
    std::sort(parameters.begin(), parameters.end());
    std::sort(theirs.begin(), theirs.end());
    EXPECT_EQ(parameters, theirs) << key;
  }
}

TEST(Builders, CoverEveryVariant) {
  size_t variants = 0;
  for (const std::string& builder : builder_names()) {
    for (const std::string& variant : variants_of(builder)) {
      EXPECT_TRUE(golden()["networks"].contains(builder + " " + variant)) << builder << variant;
      ++variants;
    }
  }
  EXPECT_EQ(variants, golden()["networks"].size());
}

TEST(Builders, ComputeWhatTorchvisionComputesWithTheSameWeights) {
  const at::Tensor picture = formula_weight("picture", golden()["picture"].get<Shape>());
  for (const auto& [key, expected] : golden()["networks"].items()) {
    if (!expected.contains("values_of")) continue;
    const Graph whole = build(architecture_of(key));
    const Graph graph = whole.cut({whole.find(expected["values_of"].get<std::string>())});
    const InferencePlan plan(graph, formula_parameters(graph), {graph.last()},
                             {.precision = at::kDouble});
    const at::Tensor flat = plan.run(picture).front().flatten().clone();
    const double norm = expected["norm"].get<double>();
    EXPECT_NEAR(flat.norm().item<double>() / norm, 1.0, 1e-10) << key;
    const auto first = expected["first"].get<std::vector<double>>();
    for (size_t i = 0; i < first.size(); ++i) {
      EXPECT_NEAR(flat[static_cast<int64_t>(i)].item<double>(), first[i], 1e-10 * norm) << key;
    }
    const auto products = expected["products"].get<std::vector<double>>();
    for (size_t i = 0; i < products.size(); ++i) {
      const at::Tensor probe = formula_uniform("probe " + std::to_string(i), flat.numel());
      EXPECT_NEAR(probe.dot(flat).item<double>(), products[i], 1e-10 * norm) << key;
    }
  }
}

std::vector<std::string> names_behind(const Graph& graph, const std::vector<std::string>& aliases) {
  std::vector<std::string> names;
  for (const std::string& alias : aliases) names.push_back(graph.node(graph.find(alias)).name);
  return names;
}

TEST(Builders, KnowTheNamesOfTheLiterature) {
  const Graph vgg = build({.builder = "vgg", .variant = "19"});
  EXPECT_THAT(names_behind(vgg, {"relu1_1", "relu2_1", "relu3_1", "relu4_2", "relu5_1", "conv3_4",
                                 "pool5", "fc7"}),
              ElementsAre("features.1", "features.6", "features.11", "features.22", "features.29",
                          "features.16", "features.36", "classifier.3"));
  const Graph with_norm = build({.builder = "vgg", .variant = "16_bn"});
  EXPECT_THAT(names_behind(with_norm, {"conv1_1", "bn1_1", "relu1_1", "relu4_2"}),
              ElementsAre("features.0", "features.1", "features.2", "features.29"));
  const Graph alexnet = build({.builder = "alexnet", .variant = ""});
  EXPECT_THAT(names_behind(alexnet, {"conv1", "relu5", "pool5", "fc8"}),
              ElementsAre("features.0", "features.11", "features.12", "classifier.6"));
  const Graph squeezenet = build({.builder = "squeezenet", .variant = "1_1"});
  EXPECT_THAT(names_behind(squeezenet, {"fire2", "pool3", "fire9", "conv10", "features.12"}),
              ElementsAre("features.3.cat", "features.5", "features.12.cat", "classifier.1",
                          "features.12.cat"));
  const Graph resnet = build({.builder = "resnet", .variant = "50"});
  EXPECT_THAT(names_behind(resnet, {"layer1.0", "layer4.2", "layer4"}),
              ElementsAre("layer1.0.relu_2", "layer4.2.relu_2", "layer4.2.relu_2"));
  const Graph cifar = build({.builder = "cifar_resnet", .variant = "20", .classes = 10});
  EXPECT_THAT(names_behind(cifar, {"layer3.2", "layer3"}),
              ElementsAre("layer3.2.relu_1", "layer3.2.relu_1"));
}

TEST(Builders, TakeTheNumberOfClasses) {
  for (const std::string& builder : builder_names()) {
    const Architecture architecture{
        .builder = builder, .variant = variants_of(builder).front(), .classes = 7};
    const Graph graph = build(architecture);
    const auto parameters = graph.parameters();
    const auto head = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) {
      return p.first == head_parameter(architecture);
    });
    ASSERT_NE(head, parameters.end()) << builder;
    EXPECT_EQ(head->second.front(), 7) << builder;
    EXPECT_EQ(graph.shapes({2, 3, 96, 96}).back(), (Shape{2, 7})) << builder;
  }
}

TEST(Builders, MakeVggInOtherWidthsAndPaddings) {
  const Architecture slim{.builder = "vgg",
                          .variant = "11",
                          .widths = {4, 5, 6, 7, 8, 9, 10, 11},
                          .padding = Padding::reflect};
  const Graph graph = build(slim);
  const auto& second = std::get<Conv2d>(graph.node(graph.find("conv2_1")).op);
  EXPECT_EQ(second.in, 4);
  EXPECT_EQ(second.out, 5);
  EXPECT_EQ(second.fill, Padding::reflect);
  EXPECT_EQ(std::get<Linear>(graph.node(graph.find("fc6")).op).in, 11 * 49);
}

TEST(Builders, RefuseWhatTheyDoNotKnow) {
  EXPECT_TRUE(
      throws<UsageError>([] { build({.builder = "vg", .variant = "19"}); }, "did you mean vgg?"));
  EXPECT_TRUE(throws<UsageError>([] { build({.builder = "vgg", .variant = "16bn"}); },
                                 "did you mean 16_bn?"));
  EXPECT_TRUE(throws<UsageError>([] { build({.builder = "alexnet", .variant = "2"}); },
                                 "alexnet has none"));
  EXPECT_TRUE(throws<UsageError>(
      [] {
        build({.builder = "vgg", .variant = "11", .widths = {1, 2}});
      },
      "found 2, but vgg 11 has 8 convolutions"));
  EXPECT_TRUE(throws<UsageError>(
      [] { build({.builder = "resnet", .variant = "18", .widths = {64}}); }, "published"));
}

}  // namespace
}  // namespace strata::nn

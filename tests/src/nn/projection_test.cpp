#include "nn/projection.hpp"

#include "base/error.hpp"
#include "nn/builders.hpp"
#include "nn/plan.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::nn {
namespace {

using testing::normal;
using testing::tensors_close;
using testing::throws;

Architecture narrow() {
  return {.builder = "vgg", .variant = "11", .widths = {4, 4, 4, 4, 4, 4, 4, 4}};
}

TEST(Projection, IsAOneByOneConvolutionAndAReluOnItsLayer) {
  Architecture architecture = narrow();
  architecture.projections = {{"aux.2", "relu2_1", 7, "wide2_1"}};
  const Graph graph = build(architecture);
  const NodeId wide = graph.find("wide2_1");
  EXPECT_EQ(graph.node(wide).name, "aux.2.relu");
  EXPECT_EQ(graph.shapes({1, 3, 64, 64})[wide], (Shape{1, 7, 32, 32}));

  const ParameterSet parameters = random_parameters(graph, graph, 1);
  const InferencePlan plan(graph, parameters, {graph.find("relu2_1"), wide},
                           {.precision = at::kDouble});
  const auto taps = plan.run(normal({1, 3, 64, 64}, 2, at::kDouble));
  const at::Tensor weight = parameters.at("aux.2.weight").to(at::kDouble);
  const at::Tensor bias = parameters.at("aux.2.bias").to(at::kDouble);
  EXPECT_TRUE(tensors_close(taps[1], at::conv2d(taps[0], weight, bias).relu(), 1e-12));
}

TEST(Projection, LeavesTheNetworkItselfAsItIs) {
  Architecture architecture = narrow();
  architecture.projections = {{"aux.1", "relu1_1", 7, "wide1_1"}, {"aux.5", "relu5_2", 9, "w"}};
  const Graph plain = build(narrow()), graph = build(architecture);
  EXPECT_EQ(graph.title(graph.last()), plain.title(plain.last()));
  for (const char* layer : {"relu5_2", "fc8"}) {
    EXPECT_EQ(graph.cut({graph.find(layer)}).signature(),
              plain.cut({plain.find(layer)}).signature());
  }
}

TEST(Projection, OnALayerThatIsNotThereOrWithANameThatIsTakenIsRefused) {
  const auto build_with = [](const Projection& projection) {
    Architecture architecture = narrow();
    architecture.projections = {projection};
    build(architecture);
  };
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        build_with({"aux.1", "relu1_l", 7, "w"});
      },
      "did you mean relu1_1?"));
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        build_with({"aux.1", "relu1_1", 7, "relu2_1"});
      },
      "a layer is called relu2_1 already"));
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        build_with({"aux.1", "fc6", 7, "w"});
      },
      "fc6 has no positions"));
}

}  // namespace
}  // namespace strata::nn

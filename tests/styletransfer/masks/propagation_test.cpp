#include "styletransfer/masks/propagation.hpp"

#include "base/error.hpp"
#include "nn/parameters.hpp"
#include "nn/plan.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::normal;
using strata::testing::tensors_close;
using strata::testing::throws;

nn::Conv2d convolution(int64_t in, int64_t out, nn::Padding fill = nn::Padding::zeros) {
  return {.in = in, .out = out, .kernel = {3, 3}, .padding = {1, 1}, .fill = fill};
}

// Dilation, uneven kernels, a pool that rounds up, branches of different reach.
nn::Graph varied_graph(nn::Padding fill) {
  nn::Graph graph;
  graph.add("a", convolution(3, 2, fill));
  graph.add("a.relu", nn::Relu{});
  const nn::NodeId pool = graph.add("pool", nn::Pool2d{.kernel = {3, 3}, .ceil = true});
  graph.add("b",
            nn::Conv2d{.in = 2, .out = 2, .kernel = {1, 3}, .padding = {0, 2}, .dilation = {1, 2}});
  const nn::NodeId wide = graph.last();
  const nn::NodeId narrow = graph.add("c", nn::Conv2d{.in = 2, .out = 2, .kernel = {1, 1}}, {pool});
  graph.add("sum", nn::Add{}, {wide, narrow});
  const nn::NodeId sum = graph.last();
  graph.add("both", nn::Concat{}, {sum, pool});
  graph.add("d",
            nn::Conv2d{.in = 4, .out = 3, .kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}});
  return graph;
}

// Positive weights and average pooling on a positive picture: nothing cancels, nothing is cut off,
// so a position sees a pixel where it changes with it.
std::vector<at::Tensor> features(const nn::Graph& graph, const at::Tensor& picture) {
  const nn::Graph averaging = nn::with_pooling(graph, nn::Pool2d::Kind::average);
  nn::ParameterSet parameters = nn::random_parameters(averaging, averaging, 3);
  for (auto& [name, tensor] : parameters.tensors) tensor = tensor.abs() + 0.1;
  std::vector<nn::NodeId> taps;
  for (nn::NodeId id = 0; id <= averaging.last(); ++id) taps.push_back(id);
  const nn::InferencePlan plan(averaging, parameters, taps, {.precision = at::kDouble});
  std::vector<at::Tensor> all;
  for (const at::Tensor& f : plan.run(picture)) all.push_back(f.clone());
  return all;
}

void expect_as_by_brute_force(const nn::Graph& graph, int64_t height, int64_t width) {
  const at::Tensor mask = normal({height, width}, 5).mul(0.5).add(0.5).clamp(0.0, 1.0);
  const at::Tensor picture = normal({1, 3, height, width}, 6, at::kDouble).abs() + 0.5;
  const auto before = features(graph, picture);
  std::vector<at::Tensor> least, most;
  for (const at::Tensor& f : before) {
    least.push_back(at::full({f.size(2), f.size(3)}, 2.0));
    most.push_back(at::zeros({f.size(2), f.size(3)}));
  }
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      at::Tensor bumped = picture.clone();
      bumped.select(2, y).select(2, x).add_(1.0);
      const auto after = features(graph, bumped);
      for (size_t i = 0; i < before.size(); ++i) {
        const at::Tensor sees = (after[i] - before[i]).abs().amax(1)[0] > 1e-9;
        const at::Tensor value = mask[y][x].expand(sees.sizes());
        least[i] = at::where(sees, at::minimum(least[i], value), least[i]);
        most[i] = at::where(sees, at::maximum(most[i], value), most[i]);
      }
    }
  }
  std::vector<nn::NodeId> taps;
  for (nn::NodeId id = 0; id <= graph.last(); ++id) taps.push_back(id);
  const auto inside = propagate(graph, taps, mask, MaskRule::inside);
  const auto all = propagate(graph, taps, mask, MaskRule::all);
  for (size_t i = 0; i < taps.size(); ++i) {
    EXPECT_TRUE(at::equal(inside[i], least[i].masked_fill(least[i] > 1.0, 0.0)))
        << graph.node(i).name;
    EXPECT_TRUE(at::equal(all[i], most[i])) << graph.node(i).name;
  }
}

TEST(MaskPropagation, IsTheMinimumOrMaximumOverWhatEachPositionSees) {
  for (const auto fill :
       {nn::Padding::zeros, nn::Padding::reflect, nn::Padding::replicate, nn::Padding::circular}) {
    expect_as_by_brute_force(varied_graph(fill), 9, 8);
  }
}

TEST(MaskPropagation, OfHalfAPictureStopsAtTheReachOfTheReceptiveField) {
  const nn::Graph graph = strata::testing::small_network().graph;
  at::Tensor mask = at::zeros({32, 32});
  mask.narrow(1, 16, 16).fill_(1.0);
  const auto column = [&](MaskRule rule, const char* layer) {
    return propagate(graph, {graph.find(layer)}, mask, rule)[0].select(0, 2);
  };
  // relu2_1: two 3 x 3 convolutions with a pooling of 2 between them; the border lies at 8 of 16.
  EXPECT_EQ(column(MaskRule::inside, "relu2_1").sum().item<float>(), 6.0F);
  EXPECT_EQ(column(MaskRule::simple, "relu2_1").sum().item<float>(), 8.0F);
  EXPECT_EQ(column(MaskRule::all, "relu2_1").sum().item<float>(), 10.0F);
}

TEST(MaskPropagation, OfAMaskThatIsEverywhereIsEverywhere) {
  const nn::Graph graph = strata::testing::small_network().graph;
  for (const auto& name : mask_rule_names()) {
    const auto masks = propagate(graph, {graph.find("relu1_1"), graph.find("relu3_1")},
                                 at::ones({13, 17}), mask_rule_from(name));
    for (const at::Tensor& mask : masks) EXPECT_EQ(mask.min().item<float>(), 1.0F);
    EXPECT_EQ(mask_rule_name(mask_rule_from(name)), name);
  }
}

TEST(MaskPropagation, TakesTheMeanOverThePositionsAreaWhereItIsSimple) {
  const nn::Graph graph = strata::testing::small_network().graph;
  const at::Tensor mask = normal({8, 12}, 7).clamp(0.0, 1.0);
  EXPECT_TRUE(tensors_close(propagate(graph, {graph.find("relu2_1")}, mask, MaskRule::simple)[0],
                            at::avg_pool2d(mask.view({1, 1, 8, 12}), {2, 2})[0][0], 1e-6));
}

TEST(MaskPropagation, RefusesAnUnknownRule) {
  EXPECT_TRUE(throws<UsageError>([] { mask_rule_from("insid"); }, "did you mean inside"));
}

}  // namespace
}  // namespace strata::styletransfer

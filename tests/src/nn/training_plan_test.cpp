#include "nn/training_plan.hpp"

#include "base/error.hpp"
#include "reference_network.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace strata::nn {
namespace {

using testing::central_differences;
using testing::normal;
using testing::tensors_close;
using testing::throws;

const TrainingOptions kDouble{.policy = {.precision = at::kDouble}};

Graph small_network() {
  Graph graph;
  graph.add("conv1", Conv2d{.in = 3, .out = 4, .padding = {1, 1}, .fill = Padding::reflect});
  graph.add("norm1", BatchNorm2d{4});
  graph.add("relu1", Relu{});
  graph.add("pool1", Pool2d{});
  graph.add("conv2", Conv2d{.in = 4, .out = 5, .padding = {1, 1}});
  graph.alias("relu2_1", graph.add("relu2", Relu{}));
  graph.add("flatten", Flatten{});
  graph.add("fc", Linear{80, 3});
  return graph;
}

std::vector<NodeId> every_node(const Graph& graph) { return trained_nodes(graph, {}); }

at::Tensor pictures(at::ScalarType type = at::kDouble) { return normal({2, 3, 8, 8}, 3, type); }

/// A scalar of features, with a weight for each number.
at::Tensor scalar(const std::vector<at::Tensor>& features) {
  at::Tensor sum;
  uint64_t seed = 11;
  for (const at::Tensor& f : features) {
    const at::Tensor term = (f * normal(f.sizes().vec(), seed++, f.scalar_type())).sum();
    sum = sum.defined() ? sum + term : term;
  }
  return sum;
}

TEST(TrainingPlan, TapsOfRandomNetworksEqualTheNaiveRun) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed);
    if (graph.parameters().empty()) continue;
    const ParameterSet set = some_parameters(graph, seed);
    const at::Tensor input = normal({2, 3, 26, 25}, seed, at::kDouble);
    const auto expected = reference_run(graph, set, input);
    TrainingPlan plan(graph, set, {graph.last()}, every_node(graph), kDouble);
    bool drops = false;
    for (const Node& node : graph.nodes()) drops |= std::holds_alternative<Dropout>(node.op);
    if (drops) continue;
    EXPECT_TRUE(tensors_close(plan.forward(input, 0)[0].detach(), expected.back().detach(), 1e-11));
  }
}

TEST(TrainingPlan, GradientsEqualCentralDifferences) {
  const Graph graph = small_network();
  const ParameterSet set = some_parameters(graph, 5);
  const std::vector<NodeId> taps = {graph.find("relu2_1"), graph.find("fc")};
  TrainingPlan plan(graph, set, taps, every_node(graph), kDouble);
  scalar(plan.forward(pictures(), 0)).backward();
  for (const auto& [name, parameter] : plan.trained()) {
    SCOPED_TRACE(name);
    const auto f = [&, key = name](const at::Tensor& value) {
      ParameterSet changed = set;
      changed.tensors[key] = value.clone();
      TrainingPlan other(graph, changed, taps, every_node(graph), kDouble);
      return scalar(other.forward(pictures(), 0)).item<double>();
    };
    const at::Tensor expected = central_differences(f, set.at(name));
    EXPECT_TRUE(tensors_close(parameter.grad(), expected, 1e-6));
  }
}

TEST(TrainingPlan, FeaturesEqualThoseOfTheGradientPlan) {
  const Graph graph = small_network();
  const ParameterSet set = some_parameters(graph, 5);
  const std::vector<NodeId> taps = {graph.find("relu2_1"), graph.find("fc")};
  TrainingPlan plan(graph, set, taps, every_node(graph), {});
  const auto features = plan.forward(pictures(), 0);
  const auto pass = GradientPlan(graph, set, taps, {}).forward(pictures());
  for (size_t i = 0; i < taps.size(); ++i) {
    EXPECT_TRUE(tensors_close(features[i].detach(), pass.taps()[i], 1e-5));
  }
}

TEST(TrainingPlan, WhatIsFrozenGetsNoGradientAndStays) {
  const Graph graph = small_network();
  const ParameterSet set = some_parameters(graph, 6);
  const auto trained = trained_nodes(graph, {"conv2.."});
  TrainingPlan plan(graph, set, {graph.last()}, trained,
                    {.policy = {.precision = at::kDouble}, .batch_statistics = true});
  std::vector<std::string> names;
  for (const auto& [name, parameter] : plan.trained()) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"conv2.bias", "conv2.weight", "fc.bias", "fc.weight"}));
  for (int step = 0; step < 3; ++step) {
    scalar(plan.forward(pictures(), 0)).backward();
    const at::NoGradGuard no_grad;
    for (const auto& [name, parameter] : plan.trained()) {
      parameter.sub_(parameter.grad(), 0.01);
      parameter.mutable_grad().reset();
    }
  }
  const ParameterSet after{plan.snapshot(), "", ""};
  EXPECT_EQ(after.buffers_hash(), set.buffers_hash());
  for (const std::string name : {"conv1.weight", "conv1.bias", "norm1.weight", "norm1.bias"}) {
    EXPECT_TRUE(at::equal(after.at(name), set.at(name))) << name;
  }
  EXPECT_FALSE(at::equal(after.at("conv2.weight"), set.at("conv2.weight")));
}

TEST(TrainingPlan, BuffersOfTrainedNormsMoveOnlyWithTheBatchsStatistics) {
  const Graph graph = small_network();
  const ParameterSet set = some_parameters(graph, 6);
  TrainingPlan frozen(graph, set, {graph.last()}, every_node(graph), kDouble);
  frozen.forward(pictures(), 0);
  EXPECT_EQ((ParameterSet{frozen.snapshot(), "", ""}).buffers_hash(), set.buffers_hash());

  TrainingPlan moving(graph, set, {graph.find("relu1")}, every_node(graph),
                      {.policy = {.precision = at::kDouble}, .batch_statistics = true});
  const auto features = moving.forward(pictures(), 0);
  const auto before = reference_run(graph, set, pictures());
  const at::Tensor x = before[graph.find("conv1")].detach();
  const at::Tensor mean = x.mean({0, 2, 3}), n = at::full({}, 2.0 * 8 * 8, at::kDouble);
  const at::Tensor variance = x.var(at::IntArrayRef{0, 2, 3}, /*unbiased=*/false);
  const auto after = moving.snapshot();
  EXPECT_TRUE(tensors_close(after.at("norm1.running_mean"),
                            set.at("norm1.running_mean") * 0.9 + mean * 0.1, 1e-12));
  EXPECT_TRUE(tensors_close(after.at("norm1.running_var"),
                            set.at("norm1.running_var") * 0.9 + variance * n / (n - 1) * 0.1,
                            1e-12));
  const auto c = [](const at::Tensor& t) { return t.view({1, -1, 1, 1}); };
  const at::Tensor expected =
      at::relu((x - c(mean)) / c((variance + 1e-5).sqrt()) * c(set.at("norm1.weight")) +
               c(set.at("norm1.bias")));
  EXPECT_TRUE(tensors_close(features[0].detach(), expected, 1e-11));
}

TEST(TrainingPlan, DropsTheSamePositionsForOneSeed) {
  Graph graph;
  graph.add("conv", Conv2d{.in = 3, .out = 8, .kernel = {1, 1}});
  graph.add("drop", Dropout{0.25});
  graph.add("tail", Conv2d{.in = 8, .out = 8, .kernel = {1, 1}});
  ParameterSet set = some_parameters(graph, 2);
  set.tensors["tail.weight"] = at::eye(8, at::kDouble).view({8, 8, 1, 1});
  set.tensors["tail.bias"].zero_();
  TrainingPlan plan(graph, set, {graph.find("conv"), graph.last()}, every_node(graph), kDouble);
  const at::Tensor input = normal({4, 3, 16, 16}, 9, at::kDouble);
  const auto a = plan.forward(input, 1), b = plan.forward(input, 1), c = plan.forward(input, 2);
  EXPECT_TRUE(at::equal(a[1], b[1]));
  EXPECT_FALSE(at::equal(a[1], c[1]));
  const at::Tensor kept = a[1].detach().ne(0);
  EXPECT_NEAR(kept.to(at::kDouble).mean().item<double>(), 0.75, 0.02);
  const at::Tensor scaled = (a[0] / 0.75).detach() * kept;
  EXPECT_TRUE(tensors_close(a[1].detach(), scaled, 1e-6)) << "what is kept is scaled up";
}

TEST(TrainingPlan, BringsBackWhatASnapshotHeld) {
  const Graph graph = small_network();
  TrainingPlan plan(graph, some_parameters(graph, 1), {graph.last()}, every_node(graph), kDouble);
  const auto before = plan.snapshot();
  const at::Tensor features = plan.forward(pictures(), 0)[0].detach();
  {
    const at::NoGradGuard no_grad;
    for (const auto& [name, parameter] : plan.trained()) parameter.add_(1.0);
  }
  EXPECT_FALSE(at::equal(plan.forward(pictures(), 0)[0], features));
  plan.restore(before);
  EXPECT_TRUE(at::equal(plan.forward(pictures(), 0)[0], features));
  EXPECT_TRUE(throws<Fault>([&] { plan.restore({{"other", at::ones({1})}}); }, "other"));
}

TEST(TrainingPlan, KeepsFloatMastersBesideShortActivations) {
  const Graph graph = small_network();
  const ParameterSet set = some_parameters(graph, 1);
  TrainingPlan plan(graph, set, {graph.find("relu2_1")}, every_node(graph),
                    {.policy = {.precision = at::kBFloat16}});
  const at::Tensor features = plan.forward(pictures(), 0)[0];
  EXPECT_EQ(features.scalar_type(), at::kBFloat16);
  features.to(at::kFloat).sum().backward();
  for (const auto& [name, parameter] : plan.trained()) {
    EXPECT_EQ(parameter.scalar_type(), at::kFloat) << name;
    if (name.starts_with("fc")) continue;
    EXPECT_EQ(parameter.grad().scalar_type(), at::kFloat) << name;
  }
  TrainingPlan exact(graph, set, {graph.find("relu2_1")}, every_node(graph), kDouble);
  const at::Tensor expected = exact.forward(pictures(), 0)[0].detach();
  EXPECT_TRUE(tensors_close(features.detach().to(at::kDouble), expected, 0.03));
}

TEST(TrainedNodes, TakeNamesPatternsAndEverythingFromANodeUp) {
  const Graph graph = small_network();
  const auto names = [&](const std::vector<std::string>& ranges) {
    std::vector<std::string> list;
    for (const NodeId id : trained_nodes(graph, ranges)) list.push_back(graph.node(id).name);
    return list;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({}), (Names{"conv1", "norm1", "conv2", "fc"}));
  EXPECT_EQ(names({"conv*"}), (Names{"conv1", "conv2"}));
  EXPECT_EQ(names({"fc", "norm1"}), (Names{"norm1", "fc"}));
  EXPECT_EQ(names({"pool1.."}), (Names{"conv2", "fc"}));
  EXPECT_EQ(names({"relu2_1..", "conv1"}), (Names{"conv1", "fc"}));
  EXPECT_TRUE(throws<UsageError>([&] { trained_nodes(graph, {"relu1"}); }, "relu1"));
  EXPECT_TRUE(throws<UsageError>([&] { trained_nodes(graph, {"conv3.."}); }, "conv"));
}

}  // namespace
}  // namespace strata::nn

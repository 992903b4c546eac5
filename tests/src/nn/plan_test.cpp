#include "nn/plan.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "reference_network.hpp"
#include "testing/testing.hpp"

#include <functional>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace strata::nn {
namespace {

using testing::central_differences;
using testing::normal;
using testing::tensors_close;
using testing::throws;

const Policy kDouble{.precision = at::kDouble};

using WeakTensor = c10::weak_intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>;
WeakTensor weak(const at::Tensor& t) { return WeakTensor(t.getIntrusivePtr()); }

std::vector<NodeId> all_nodes(const Graph& graph) {
  std::vector<NodeId> ids;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) ids.push_back(id);
  return ids;
}

/// Every node with the chance of one in four, at least one.
std::vector<NodeId> some_nodes(const Graph& graph, uint64_t seed) {
  Random random(seed, "taps");
  std::vector<NodeId> ids;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    if (random.below(4) == 0) ids.push_back(id);
  }
  if (ids.empty()) ids.push_back(graph.last());
  random.shuffle(std::span(ids));
  return ids;
}

at::Tensor picture(uint64_t seed, at::ScalarType type = at::kDouble) {
  return normal({2, 3, 27, 24 + static_cast<int64_t>(seed % 4)}, seed, type);
}

/// Switches oneDNN off for a scope, and with it the fused kernels of plans built there.
class WithoutOneDnn {
 public:
  WithoutOneDnn() { at::globalContext().setUserEnabledMkldnn(false); }
  ~WithoutOneDnn() { at::globalContext().setUserEnabledMkldnn(true); }
  WithoutOneDnn(const WithoutOneDnn&) = delete;
  WithoutOneDnn& operator=(const WithoutOneDnn&) = delete;
};

Graph vgg_like() {
  Graph graph;
  graph.add("conv1", Conv2d{.in = 3, .out = 8, .padding = {1, 1}});
  graph.add("relu1", Relu{});
  graph.add("conv2", Conv2d{.in = 8, .out = 8, .padding = {1, 1}, .bias = false});
  graph.add("norm2", BatchNorm2d{8});
  graph.add("relu2", Relu{});
  graph.add("pool2", Pool2d{});
  graph.add("conv3", Conv2d{.in = 8, .out = 16, .padding = {1, 1}, .fill = Padding::reflect});
  graph.add("relu3", Relu{});
  graph.add("conv4", Conv2d{.in = 16, .out = 8, .stride = {2, 2}, .groups = 4});
  graph.add("relu4", Relu{});
  return graph;
}

// Inference

TEST(InferencePlan, TapsOfRandomNetworksEqualTheNaiveRun) {
  const at::NoGradGuard guard;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed);
    const ParameterSet set = some_parameters(graph, seed);
    const auto expected = reference_run(graph, set, picture(seed));
    const std::vector<NodeId> taps = seed % 5 == 0 ? all_nodes(graph) : some_nodes(graph, seed);
    Policy policy = kDouble;
    policy.channels_last = seed % 2 == 0;
    const auto features = InferencePlan(graph, set, taps, policy).run(picture(seed));
    ASSERT_EQ(features.size(), taps.size());
    for (size_t i = 0; i < taps.size(); ++i) {
      EXPECT_TRUE(tensors_close(features[i], expected[taps[i]], 1e-10)) << graph.node(taps[i]).name;
    }
  }
}

TEST(InferencePlan, FusedAndPlainKernelsAgree) {
  // fp32: folding and fusion only reorder sums of a few dozen terms.
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed);
    const ParameterSet set = some_parameters(graph, seed);
    const std::vector<NodeId> taps = some_nodes(graph, seed);
    const at::Tensor x = picture(seed, at::kFloat);
    const auto fused = InferencePlan(graph, set, taps, {}).run(x);
    const auto contiguous = InferencePlan(graph, set, taps, {.channels_last = false}).run(x);
    const WithoutOneDnn guard;
    const auto plain = InferencePlan(graph, set, taps, {}).run(x);
    for (size_t i = 0; i < taps.size(); ++i) {
      EXPECT_TRUE(tensors_close(fused[i], plain[i], 1e-5)) << graph.node(taps[i]).name;
      EXPECT_TRUE(tensors_close(contiguous[i], plain[i], 1e-5)) << graph.node(taps[i]).name;
    }
  }
}

TEST(InferencePlan, Bfloat16StaysNearFloat) {
  const Graph graph = vgg_like();
  const ParameterSet set = some_parameters(graph, 3);
  const at::Tensor x = picture(1, at::kFloat);
  const auto exact = InferencePlan(graph, set, all_nodes(graph), {}).run(x);
  const auto rough =
      InferencePlan(graph, set, all_nodes(graph), {.precision = at::kBFloat16}).run(x);
  for (size_t i = 0; i < exact.size(); ++i) {
    EXPECT_EQ(rough[i].scalar_type(), at::kBFloat16);
    // Eight bits of mantissa: 0.4 % an operation, five convolutions deep.
    EXPECT_TRUE(tensors_close(rough[i], exact[i], 0.03)) << graph.node(i).name;
  }
}

TEST(InferencePlan, RunsNothingDeeperThanItsDeepestTap) {
  Graph graph = vgg_like();
  const NodeId relu3 = graph.find("relu3");
  graph.add("too_large", Conv2d{.in = 8, .out = 8, .kernel = {99, 99}});
  ParameterSet set = some_parameters(graph, 1);
  set.tensors.erase("too_large.weight");
  set.tensors.erase("conv4.weight");
  EXPECT_EQ(InferencePlan(graph, set, {relu3}, {}).run(picture(0)).size(), 1U);
  EXPECT_TRUE(throws<Fault>([&] { InferencePlan(graph, set, {graph.last()}, {}); }, "conv4"));
  const ParameterSet whole = some_parameters(graph, 1);
  const InferencePlan deep(graph, whole, {graph.last()}, {});
  EXPECT_TRUE(throws<InputError>([&] { deep.run(picture(0)); }, "too_large"));
}

TEST(InferencePlan, VisitsTapsInOrderOfComputationAndLetsThemGo) {
  const Graph graph = vgg_like();
  const ParameterSet set = some_parameters(graph, 1);
  const std::vector<NodeId> taps = {graph.find("relu4"), graph.find("relu1"), graph.find("conv3"),
                                    graph.find("relu1")};
  std::vector<size_t> order;
  std::vector<WeakTensor> seen;
  InferencePlan(graph, set, taps, {}).run(picture(0), [&](size_t tap, const at::Tensor& features) {
    order.push_back(tap);
    if (tap == 2) {
      EXPECT_TRUE(seen.at(0).expired()) << "relu1 is not needed any more";
    }
    seen.push_back(weak(features));
  });
  EXPECT_EQ(order, (std::vector<size_t>{1, 3, 2, 0}));
  for (const WeakTensor& tensor : seen) EXPECT_TRUE(tensor.expired());
}

TEST(InferencePlan, APictureDoesNotDependOnItsBatch) {
  const Graph graph = vgg_like();
  const ParameterSet set = some_parameters(graph, 1);
  const InferencePlan plan(graph, set, {graph.last()}, kDouble);
  const at::Tensor x = normal({5, 3, 24, 21}, 1, at::kDouble);
  const at::Tensor together = plan.run(x)[0];
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(tensors_close(plan.run(x.narrow(0, i, 1))[0], together.narrow(0, i, 1), 1e-12));
  }
}

TEST(InferencePlan, LeavesInputAndParametersAsTheyWere) {
  const Graph graph = vgg_like();
  const ParameterSet set = some_parameters(graph, 1);
  const ParameterSet before = some_parameters(graph, 1);
  const at::Tensor x = picture(0), copy = x.clone();
  InferencePlan(graph, set, all_nodes(graph), kDouble).run(x);
  EXPECT_TRUE(at::equal(x, copy));
  for (const auto& [name, tensor] : set.tensors) {
    EXPECT_TRUE(at::equal(tensor, before.tensors.at(name))) << name;
  }
}

// Gradients

/// The gradient of sum_i <w_i, tap_i> through autograd on the reference.
at::Tensor autograd_gradient(const Graph& graph,
                             const ParameterSet& set,
                             const std::vector<NodeId>& taps,
                             const at::Tensor& x,
                             const std::vector<at::Tensor>& weights) {
  const at::Tensor variable = x.clone().set_requires_grad(true);
  const auto values = reference_run(graph, set, variable);
  at::Tensor loss = (variable * 0).sum();
  for (size_t i = 0; i < taps.size(); ++i) {
    if (weights[i].defined()) loss = loss + (values[taps[i]] * weights[i]).sum();
  }
  loss.backward();
  return variable.grad();
}

TEST(GradientPlan, TapsAndGradientsOfRandomNetworksEqualAutograd) {
  for (uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed);
    const ParameterSet set = some_parameters(graph, seed);
    const std::vector<NodeId> taps = seed % 5 == 0 ? all_nodes(graph) : some_nodes(graph, seed);
    const at::Tensor x = picture(seed);
    Policy policy = kDouble;
    policy.channels_last = seed % 2 == 0;
    const GradientPlan plan(graph, set, taps, policy);
    GradientPlan::Pass pass = plan.forward(x);
    const auto expected = reference_run(graph, set, x);
    std::vector<at::Tensor> weights, kept;
    for (size_t i = 0; i < taps.size(); ++i) {
      EXPECT_TRUE(tensors_close(pass.taps()[i], expected[taps[i]], 1e-10))
          << graph.node(taps[i]).name;
      const bool none = seed % 3 == 0 && i % 2 == 1;
      weights.push_back(none ? at::Tensor()
                             : normal(expected[taps[i]].sizes().vec(), 1000 + i, at::kDouble));
      kept.push_back(none ? at::Tensor() : weights.back().clone());
    }
    const at::Tensor gradient = plan.backward(std::move(pass), weights);
    EXPECT_TRUE(
        tensors_close(gradient, autograd_gradient(graph, set, taps, x, weights), 1e-9, 1e-300));
    for (size_t i = 0; i < weights.size(); ++i) {
      if (kept[i].defined()) {
        EXPECT_TRUE(at::equal(weights[i], kept[i])) << "a tap's gradient was changed";
      }
    }
  }
}

TEST(GradientPlan, GradientEqualsCentralDifferences) {
  for (const uint64_t seed : {2, 5, 11}) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed, {.blocks = 3});
    const ParameterSet set = some_parameters(graph, seed);
    const at::Tensor x = normal({1, 3, 9, 10}, seed, at::kDouble);
    const GradientPlan plan(graph, set, {graph.last()}, kDouble);
    const auto loss = [&](const at::Tensor& at) {
      return plan.forward(at).taps()[0].square().sum().item<double>() / 2;
    };
    GradientPlan::Pass pass = plan.forward(x);
    const std::vector<at::Tensor> weights = {pass.taps()[0].clone()};
    // Truncation and rounding of a central difference with h = 1e-6: 1e-12 and 1e-10 of the loss.
    EXPECT_TRUE(
        tensors_close(plan.backward(std::move(pass), weights), central_differences(loss, x), 1e-6));
  }
}

TEST(GradientPlan, FusedAndPlainKernelsAgree) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed, {.blocks = 3});
    const ParameterSet set = some_parameters(graph, seed);
    const at::Tensor x = picture(seed, at::kFloat);
    const std::vector<NodeId> taps = {graph.last()};
    const auto gradient = [&] {
      const GradientPlan plan(graph, set, taps, {});
      GradientPlan::Pass pass = plan.forward(x);
      const at::Tensor weight = normal(pass.taps()[0].sizes().vec(), 5);
      return plan.backward(std::move(pass), {weight});
    };
    const at::Tensor fused = gradient();
    const WithoutOneDnn guard;
    // Rounding may flip the sign of a value within 1e-7 of zero in front of a ReLU, or which of two
    // nearly equal values is the maximum; neither happens for these seeds.
    EXPECT_TRUE(tensors_close(fused, gradient(), 1e-5));
  }
}

TEST(GradientPlan, NothingReachesTheInputWithoutTapGradients) {
  const Graph graph = vgg_like();
  const GradientPlan plan(graph, some_parameters(graph, 1), {2, graph.last()}, kDouble);
  const at::Tensor gradient = plan.backward(plan.forward(picture(0)), {at::Tensor(), at::Tensor()});
  EXPECT_TRUE(at::equal(gradient, at::zeros_like(picture(0))));
}

TEST(GradientPlan, TheInputItselfMayBeATap) {
  const Graph graph = vgg_like();
  const GradientPlan plan(graph, some_parameters(graph, 1), {0, 0}, kDouble);
  const at::Tensor x = picture(0);
  EXPECT_TRUE(at::equal(plan.forward(x).taps()[1], x));
  EXPECT_TRUE(tensors_close(plan.backward(plan.forward(x), {x, x}), 2 * x, 1e-14));
}

TEST(GradientPlan, FeaturesMayTakePartInAutograd) {
  const Graph graph = vgg_like();
  const ParameterSet set = some_parameters(graph, 1);
  const c10::InferenceMode outer;
  const GradientPlan plan(graph, set, {graph.find("conv1"), graph.last()}, {});
  const at::Tensor x = picture(0, at::kFloat);
  GradientPlan::Pass pass = plan.forward(x);
  for (const at::Tensor& tap : pass.taps()) {
    EXPECT_FALSE(tap.is_inference());
    EXPECT_FALSE(tap.requires_grad());
  }
  const std::vector<at::Tensor> weights = pass.taps();
  EXPECT_FALSE(plan.backward(std::move(pass), weights).is_inference());
}

TEST(GradientPlan, KeepsOnlyWhatItsBackwardReads) {
  const Graph graph = vgg_like();
  const ParameterSet set = some_parameters(graph, 1);
  const std::vector<NodeId> taps = {graph.find("conv3"), graph.find("pool2"), graph.find("relu1")};
  const GradientPlan plan(graph, set, taps, {});
  GradientPlan::Pass pass = plan.forward(picture(0));
  // Handles: the pass's list of taps, and what backward keeps: the output of a ReLU alone.
  EXPECT_EQ(pass.taps()[0].use_count(), 1U);
  EXPECT_EQ(pass.taps()[1].use_count(), 1U);
  EXPECT_EQ(pass.taps()[2].use_count(), 2U);
  const WeakTensor relu1 = weak(pass.taps()[2]);
  plan.backward(std::move(pass), {at::Tensor(), at::Tensor(), at::Tensor()});
  EXPECT_TRUE(relu1.expired());
}

TEST(GradientPlan, APassIsForOneBackwardOfItsOwnPlan) {
  const Graph graph = vgg_like();
  const ParameterSet set = some_parameters(graph, 1);
  const GradientPlan plan(graph, set, {graph.last()}, {});
  const GradientPlan shallow(graph, set, {1}, {});
  GradientPlan::Pass pass = plan.forward(picture(0));
  const at::Tensor good = at::ones_like(pass.taps()[0]);
  EXPECT_TRUE(throws<Fault>([&] { shallow.backward(plan.forward(picture(0)), {good}); }, "plan"));
  EXPECT_TRUE(throws<Fault>([&] { plan.backward(plan.forward(picture(0)), {}); }, "every tap"));
  EXPECT_TRUE(throws<Fault>(
      [&] { plan.backward(plan.forward(picture(0)), {good.narrow(0, 0, 1)}); }, "shape"));
  plan.backward(std::move(pass), {good});
  EXPECT_TRUE(throws<Fault>([&] { pass.taps(); }, "used up"));
  EXPECT_TRUE(throws<Fault>([&] { plan.backward(std::move(pass), {good}); }, "used up"));
}

TEST(GradientPlan, AMissingOrMisshapenParameterIsAFaultThatNamesIt) {
  const Graph graph = vgg_like();
  ParameterSet set = some_parameters(graph, 1);
  set.tensors["conv3.weight"] = at::ones({1, 2, 3, 4});
  EXPECT_TRUE(throws<Fault>([&] { GradientPlan(graph, set, {graph.last()}, {}); }, "conv3.weight"));
}

}  // namespace
}  // namespace strata::nn

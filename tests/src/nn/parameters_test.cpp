#include "nn/parameters.hpp"

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <gmock/gmock.h>

namespace strata::nn {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::throws;

/// conv - bn - relu - conv2 - pool - flatten - fc
Graph small() {
  Graph graph;
  graph.add("conv", Conv2d{.in = 3, .out = 8, .padding = {1, 1}, .bias = false});
  graph.add("bn", BatchNorm2d{8});
  graph.add("relu", Relu{});
  graph.add("conv2", Conv2d{.in = 8, .out = 8, .padding = {1, 1}});
  graph.add("pool", AdaptiveAveragePool2d{});
  graph.add("flatten", Flatten{});
  graph.add("fc", Linear{8, 5});
  return graph;
}

weights::StateDict file_for(const Graph& graph) {
  weights::StateDict file;
  file.file = "some/file.safetensors";
  file.sha256 = std::string(64, 'a');
  for (const auto& [name, shape] : graph.parameters()) file.tensors[name] = at::ones(shape);
  return file;
}

/// What load_parameters says of the file.
std::string complaint(const Graph& graph, const Graph& known, const weights::StateDict& file) {
  try {
    load_parameters(graph, known, file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Parameters, AreTheFilesOwnTensorsByName) {
  const Graph graph = small();
  const weights::StateDict file = file_for(graph);
  const ParameterSet set = load_parameters(graph, graph, file);
  EXPECT_EQ(set.tensors.size(), graph.parameters().size());
  EXPECT_TRUE(set.at("fc.weight").is_same(file.tensors.at("fc.weight")));
  EXPECT_EQ(set.identity, file.sha256);
  EXPECT_EQ(set.source, "some/file.safetensors");
  EXPECT_TRUE(throws<Fault>([&] { (void)set.at("nothing"); }, "nothing"));
}

TEST(Parameters, KeepTheirPrecision) {
  const Graph graph = small();
  weights::StateDict file = file_for(graph);
  for (auto& [name, tensor] : file.tensors) tensor = tensor.to(at::kBFloat16);
  EXPECT_EQ(load_parameters(graph, graph, file).at("fc.bias").scalar_type(), at::kBFloat16);
}

TEST(Parameters, AllThatIsWrongStandsInOneError) {
  const Graph graph = small();
  weights::StateDict file = file_for(graph);
  file.tensors.erase("conv.weight");
  file.tensors.erase("bn.running_var");
  file.tensors["extra.weight"] = at::ones({1});
  file.tensors["conv2.weight"] = at::ones({8, 8, 1, 1});
  file.tensors["fc.bias"] = at::ones({5}, at::kLong);
  const std::string text = complaint(graph, graph, file);
  EXPECT_THAT(text, HasSubstr("some/file.safetensors: "));
  EXPECT_THAT(text, HasSubstr("2 missing (conv.weight, bn.running_var)"));
  EXPECT_THAT(text, HasSubstr("1 unexpected (extra.weight)"));
  EXPECT_THAT(text, HasSubstr("2 of another shape or type"));
  EXPECT_THAT(text, HasSubstr("conv2.weight: 8x8x1x1, expected 8x8x3x3"));
  EXPECT_THAT(text, HasSubstr("fc.bias: Long, expected a float type"));
  EXPECT_THAT(text, Not(HasSubstr("\n")));
}

TEST(Parameters, LongListsAreCountedAndCutShort) {
  const Graph graph = small();
  weights::StateDict file = file_for(graph);
  file.tensors.clear();
  file.tensors["other"] = at::ones({1});
  const std::string text = complaint(graph, graph, file);
  EXPECT_THAT(text, HasSubstr("9 missing (conv.weight"));
  EXPECT_THAT(text, HasSubstr(", ...)"));
  EXPECT_THAT(text, Not(HasSubstr("fc.bias")));
}

TEST(Parameters, AreNeededOnlyAsDeepAsTheGraph) {
  const Graph known = small();
  const Graph graph = known.cut({known.find("relu")});
  weights::StateDict file = file_for(known);
  EXPECT_EQ(load_parameters(graph, known, file).tensors.size(), 5U);
  file.tensors.erase("fc.weight");
  file.tensors["fc.bias"] = at::ones({17});
  EXPECT_EQ(complaint(graph, known, file), "");
  file.tensors.erase("bn.weight");
  EXPECT_THAT(complaint(graph, known, file), HasSubstr("1 missing (bn.weight)"));
}

TEST(Parameters, CountersOfBatchNormAreKnownAndLeftOut) {
  const Graph graph = small();
  weights::StateDict file = file_for(graph);
  file.tensors["bn.num_batches_tracked"] = at::zeros({}, at::kLong);
  EXPECT_FALSE(load_parameters(graph, graph, file).tensors.contains("bn.num_batches_tracked"));
  file.tensors["conv.num_batches_tracked"] = at::zeros({}, at::kLong);
  EXPECT_THAT(complaint(graph, graph, file), HasSubstr("1 unexpected (conv.num_batches_tracked)"));
}

TEST(Parameters, ARefusedTensorMattersOnlyWhereItIsNeeded) {
  const Graph known = small();
  weights::StateDict file = file_for(known);
  file.tensors.erase("fc.weight");
  file.refused["fc.weight"] = "depends on evil.Thing";
  file.refused["optimizer"] = "depends on another.Thing";
  EXPECT_EQ(complaint(known.cut({known.find("pool")}), known, file), "");
  const std::string text = complaint(known, known, file);
  EXPECT_THAT(text, HasSubstr("1 that cannot be read (fc.weight: depends on evil.Thing)"));
  EXPECT_THAT(text, Not(HasSubstr("missing")));
}

TEST(RandomParameters, AreHeNormalWithIdentityBatchNorm) {
  Graph graph;
  graph.add("conv", Conv2d{.in = 16, .out = 256, .kernel = {5, 5}});
  graph.add("bn", BatchNorm2d{256});
  const ParameterSet set = random_parameters(graph, graph, 3);
  const at::Tensor weight = set.at("conv.weight").to(at::kDouble);
  const auto n = static_cast<double>(weight.numel());
  const double variance = weight.square().mean().item<double>(), expected = 2.0 / (16 * 25);
  // Five standard errors of mean and variance.
  EXPECT_NEAR(weight.mean().item<double>(), 0.0, 5 * std::sqrt(expected / n));
  EXPECT_NEAR(variance / expected, 1.0, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(weight.pow(4).mean().item<double>() / (variance * variance), 3.0, 0.2);
  EXPECT_TRUE(set.at("conv.bias").equal(at::zeros({256})));
  EXPECT_TRUE(set.at("bn.weight").equal(at::ones({256})));
  EXPECT_TRUE(set.at("bn.bias").equal(at::zeros({256})));
  EXPECT_TRUE(set.at("bn.running_mean").equal(at::zeros({256})));
  EXPECT_TRUE(set.at("bn.running_var").equal(at::ones({256})));
}

TEST(RandomParameters, AreTheSameForOneSeedWhateverElseTheGraphHas) {
  const Graph known = small();
  const Graph graph = known.cut({known.find("conv2")});
  const ParameterSet all = random_parameters(known, known, 1);
  const ParameterSet some = random_parameters(graph, known, 1);
  EXPECT_TRUE(all.at("conv2.weight").equal(some.at("conv2.weight")));
  EXPECT_EQ(all.identity, some.identity);
  EXPECT_EQ(all.source, "random, seed 1");
  const ParameterSet other = random_parameters(known, known, 2);
  EXPECT_FALSE(all.at("conv2.weight").equal(other.at("conv2.weight")));
  EXPECT_NE(all.identity, other.identity);
  EXPECT_NE(all.identity, random_parameters(graph, graph, 1).identity) << "another network";
  EXPECT_FALSE(all.at("conv2.weight").flatten().equal(all.at("conv.weight").flatten()));
}

// The values come from a second implementation, in Python, of the generator and of He's variance.
TEST(RandomParameters, AreTheSameOnEveryPlatform) {
  const Graph graph = small();
  const at::Tensor weight = random_parameters(graph, graph, 0).at("conv.weight").flatten();
  const std::vector<double> expected = {-0.40154761, -0.03262747, -0.01605156, 0.0268269};
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(weight[static_cast<int64_t>(i)].item<double>(), expected[i], 1e-7);
  }
}

TEST(Parameters, TheHashOfBuffersMovesWithBuffersOnly) {
  const Graph graph = small();
  ParameterSet set = random_parameters(graph, graph, 1);
  const std::string before = set.buffers_hash();
  set.tensors["conv.weight"] = set.at("conv.weight") + 1;
  EXPECT_EQ(set.buffers_hash(), before);
  set.tensors["bn.running_mean"] = set.at("bn.running_mean") + 1e-6;
  EXPECT_NE(set.buffers_hash(), before);
}

TEST(Parameters, NumbersThatAreNotFiniteAreFound) {
  EXPECT_TRUE(all_finite(at::ones({3})));
  EXPECT_FALSE(all_finite(at::full({3}, std::numeric_limits<double>::quiet_NaN())));
  EXPECT_FALSE(all_finite(at::full({3}, std::numeric_limits<double>::infinity())));
}

}  // namespace
}  // namespace strata::nn

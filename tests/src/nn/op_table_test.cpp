#include "nn/op_table.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "reference_network.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace strata::nn {
namespace {

using testing::normal;
using testing::tensors_close;
using testing::throws;

std::vector<at::Tensor> parameters_for(const Op& op, uint64_t seed) {
  std::vector<at::Tensor> list;
  for (const auto& [suffix, shape] : op_info(op).parameters(op)) {
    at::Tensor t = normal(shape, ++seed, at::kDouble);
    list.push_back(suffix == "running_var" ? t * t + 0.1 : t);
  }
  return list;
}

/// Fills memory that is taken and not written with NaN for a scope, so that reading it shows.
class NanInFreshMemory {
 public:
  NanInFreshMemory() { at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true); }
  ~NanInFreshMemory() { at::globalContext().setDeterministicAlgorithms(false, false); }
  NanInFreshMemory(const NanInFreshMemory&) = delete;
  NanInFreshMemory& operator=(const NanInFreshMemory&) = delete;
};

/// Forward and backward of one op's row in one precision and layout.
void check_row(const Op& op,
               const std::vector<at::Tensor>& inputs,
               const std::vector<at::Tensor>& parameters,
               const at::Tensor& output_gradient,
               const at::Tensor& expected,
               const std::vector<at::Tensor>& expected_gradients,
               at::ScalarType type,
               at::MemoryFormat format) {
  const at::NoGradGuard no_grad;
  const NanInFreshMemory nan;
  const double tolerance = type == at::kDouble ? 1e-10 : 1e-5;
  const auto arranged = [&](const at::Tensor& t) {
    return t.dim() == 4 ? t.to(type).contiguous(format) : t.to(type);
  };
  std::vector<at::Tensor> in, kept, p;
  for (const at::Tensor& t : inputs) {
    in.push_back(arranged(t).clone());
    kept.push_back(in.back().clone());
  }
  for (const at::Tensor& t : parameters) p.push_back(t.to(type));
  Saved saved;
  const OpInfo& info = op_info(op);
  const at::Tensor output = info.forward(op, in, p, &saved);
  EXPECT_TRUE(tensors_close(output, expected, tolerance));
  EXPECT_TRUE(tensors_close(info.forward(op, in, p, nullptr), expected, tolerance));
  const auto gradients = info.backward(op, arranged(output_gradient), p, saved);
  ASSERT_EQ(gradients.size(), inputs.size());
  // One channel, or one position, has both layouts, and kernels may take it for either.
  const auto telling = [](const at::Tensor& t) {
    return t.dim() == 4 && t.size(1) > 1 && t.size(2) * t.size(3) > 1;
  };
  if (telling(inputs[0]) && telling(output)) {
    EXPECT_TRUE(output.is_contiguous(format)) << "the layout was lost";
    EXPECT_TRUE(gradients[0].is_contiguous(format)) << "the gradient's layout was lost";
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_TRUE(tensors_close(gradients[i], expected_gradients[i], tolerance)) << "input " << i;
    EXPECT_TRUE(at::equal(in[i], kept[i])) << "input " << i << " was changed";
  }
}

/// One op at these input shapes against autograd through another implementation, in float64.
void agrees_with_autograd(const Op& op, const std::vector<Shape>& shapes) {
  const OpInfo& info = op_info(op);
  SCOPED_TRACE(std::string(info.name) + " " + info.attributes(op));
  const std::vector<at::Tensor> parameters = parameters_for(op, 7);
  std::vector<at::Tensor> inputs, variables, gradients;
  for (const Shape& shape : shapes) {
    inputs.push_back(normal(shape, 100 + inputs.size(), at::kDouble));
    variables.push_back(inputs.back().clone().set_requires_grad(true));
  }
  const at::Tensor expected = reference_forward(op, variables, parameters);
  const at::Tensor output_gradient = normal(expected.sizes().vec(), 300, at::kDouble);
  expected.backward(output_gradient);
  for (const at::Tensor& variable : variables) gradients.push_back(variable.grad());
  EXPECT_EQ(info.shape(op, shapes), expected.sizes().vec());
  for (const auto type : {at::kDouble, at::kFloat}) {
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      check_row(op, inputs, parameters, output_gradient, expected, gradients, type, format);
    }
  }
}

TEST(OpTable, TestsSeeReadsOfFreshMemory) {
  const NanInFreshMemory nan;
  EXPECT_TRUE(at::empty({3}).isnan().all().item<bool>());
}

TEST(OpTable, ConvolutionsAgreeWithAutograd) {
  const std::vector<Conv2d> variants = {
      {.in = 3, .out = 5, .padding = {1, 1}},
      {.in = 3, .out = 5, .kernel = {1, 1}, .bias = false},
      {.in = 3, .out = 4, .kernel = {11, 7}, .stride = {4, 3}, .padding = {2, 3}},
      {.in = 4, .out = 6, .kernel = {3, 5}, .stride = {2, 1}, .padding = {0, 2}, .groups = 2},
      {.in = 4, .out = 4, .padding = {2, 2}, .dilation = {2, 2}, .groups = 4},
      {.in = 2, .out = 3, .kernel = {2, 4}, .stride = {2, 2}, .dilation = {3, 1}, .bias = false}};
  for (const Conv2d& variant : variants) {
    for (const Padding fill :
         {Padding::zeros, Padding::reflect, Padding::replicate, Padding::circular}) {
      Conv2d op = variant;
      op.fill = fill;
      agrees_with_autograd(op, {{2, op.in, 13, 10}});
      agrees_with_autograd(op, {{1, op.in, 11, 11}});
    }
  }
}

TEST(OpTable, BordersAsWideAsThePictureAgreeWithAutograd) {
  for (const Padding fill : {Padding::reflect, Padding::replicate, Padding::circular}) {
    const Pair size = fill == Padding::reflect ? Pair{4, 5} : Pair{3, 4};
    agrees_with_autograd(
        Conv2d{.in = 2, .out = 2, .kernel = {7, 9}, .padding = {3, 4}, .fill = fill},
        {{1, 2, size[0], size[1]}});
  }
}

TEST(OpTable, PoolingAgreesWithAutograd) {
  Random random(1, "pooling");
  for (int i = 0; i < 60; ++i) {
    const auto below = [&](uint64_t n) { return static_cast<int64_t>(random.below(n)); };
    Pool2d op{.kind = i % 2 == 0 ? Pool2d::Kind::max : Pool2d::Kind::average,
              .kernel = {1 + below(4), 1 + below(4)},
              .stride = {1 + below(3), 1 + below(3)},
              .ceil = below(2) == 0,
              .count_padding = below(2) == 0,
              .scale = below(2) == 0 ? 1.0 : 2.0};
    op.padding = {below(static_cast<uint64_t>(op.kernel[0] / 2 + 1)),
                  below(static_cast<uint64_t>(op.kernel[1] / 2 + 1))};
    agrees_with_autograd(op, {{2, 3, 5 + below(8), 5 + below(8)}});
  }
}

TEST(OpTable, AdaptivePoolingAgreesWithAutograd) {
  for (const Pair& size : {Pair{1, 1}, Pair{6, 6}, Pair{3, 7}}) {
    for (const Pair& picture : {Pair{13, 13}, Pair{6, 7}, Pair{5, 3}, Pair{1, 1}}) {
      agrees_with_autograd(AdaptiveAveragePool2d{size}, {{2, 3, picture[0], picture[1]}});
    }
  }
}

TEST(OpTable, PointwiseOpsAgreeWithAutograd) {
  agrees_with_autograd(Relu{}, {{2, 3, 7, 5}});
  agrees_with_autograd(Relu{}, {{2, 6}});
  agrees_with_autograd(BatchNorm2d{3, 1e-5}, {{2, 3, 7, 5}});
  agrees_with_autograd(BatchNorm2d{3, 1e-2}, {{1, 3, 1, 1}});
  agrees_with_autograd(Add{}, {{2, 3, 4, 5}});
  agrees_with_autograd(Add{}, {{2, 3, 4, 5}, {2, 3, 4, 5}});
  agrees_with_autograd(Add{}, {{2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5}});
  agrees_with_autograd(Dropout{0.9}, {{2, 3, 4, 5}});
  agrees_with_autograd(Input{3}, {{2, 3, 4, 5}});
}

TEST(OpTable, ShapeOpsAgreeWithAutograd) {
  agrees_with_autograd(Concat{}, {{2, 3, 4, 5}, {2, 4, 4, 5}, {2, 2, 4, 5}});
  agrees_with_autograd(Concat{}, {{2, 3, 4, 5}});
  agrees_with_autograd(Flatten{}, {{2, 3, 4, 5}});
  agrees_with_autograd(Linear{6, 4}, {{3, 6}});
  agrees_with_autograd(Linear{6, 4, false}, {{3, 6}});
  agrees_with_autograd(Linear{6, 4}, {{2, 3, 6}});
  for (const int64_t stride : {1, 2, 3}) {
    agrees_with_autograd(ShortcutA{stride, 1, 2}, {{2, 3, 7, 6}});
    agrees_with_autograd(ShortcutA{stride, 0, 0}, {{1, 2, 5, 5}});
  }
}

TEST(OpTable, ReluPassesNoGradientAtZero) {
  Saved saved;
  const at::Tensor x = at::tensor({-1.0, 0.0, 2.0});
  const std::vector<at::Tensor> inputs = {x};
  op_info(Relu{}).forward(Relu{}, inputs, {}, &saved);
  const auto gradient = op_info(Relu{}).backward(Relu{}, at::ones(3), {}, saved);
  EXPECT_TRUE(at::equal(gradient[0], at::tensor({0.0, 0.0, 1.0}).to(gradient[0].scalar_type())));
}

TEST(OpTable, AWindowThatDoesNotFitIsRefusedWithTheReason) {
  const auto shape = [](const Op& op, const Shape& in) {
    return [op, in] { op_info(op).shape(op, std::span(&in, 1)); };
  };
  EXPECT_TRUE(throws<InputError>(shape(Conv2d{.in = 3, .out = 4}, {1, 3, 2, 9}), "2x9"));
  EXPECT_TRUE(throws<InputError>(shape(Pool2d{}, {1, 3, 1, 1}), "1x1"));
  EXPECT_TRUE(throws<InputError>(
      shape(Conv2d{.in = 3, .out = 4, .padding = {1, 1}, .fill = Padding::reflect}, {1, 3, 1, 5}),
      "reflect"));
  EXPECT_TRUE(throws<InputError>(shape(Linear{6, 4}, {1, 7}), "7 features where 6"));
  EXPECT_TRUE(throws<Fault>(shape(Conv2d{.in = 3, .out = 4}, {1, 5, 9, 9}), "5 channels"));
  Pool2d ceiled;
  ceiled.ceil = true;
  shape(ceiled, {1, 3, 1, 1})();
}

TEST(OpTable, ShapesOfRandomNetworksAreTheRealOnes) {
  const at::NoGradGuard guard;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed);
    const auto width = static_cast<int64_t>(24 + seed % 7), height = static_cast<int64_t>(25);
    const std::vector<Shape> shapes = graph.shapes({2, 3, height, width});
    const auto values = reference_run(graph, some_parameters(graph, seed),
                                      normal({2, 3, height, width}, seed, at::kDouble));
    for (NodeId id = 0; id < values.size(); ++id) {
      EXPECT_EQ(shapes[id], values[id].sizes().vec()) << graph.node(id).name;
    }
  }
}

// Receptive fields by brute force: a line of NaN in the picture reaches exactly the positions that
// see it.

/// Entry (i, p): whether position p along `axis` of the last node sees line i of the picture.
at::Tensor what_is_seen(const Graph& graph, int64_t axis, const Shape& picture) {
  const int64_t lines = picture[axis];
  at::Tensor x = at::ones({lines, picture[1], picture[2], picture[3]}, at::kDouble);
  for (int64_t i = 0; i < lines; ++i) {
    x[i].select(axis - 1, i).fill_(std::numeric_limits<double>::quiet_NaN());
  }
  const auto values = reference_run(graph, some_parameters(graph, 1), x);
  return values.back().isnan().any(1).any(axis == 2 ? 2 : 1);
}

/// The field holds all that is seen; with square kernels it is no larger either.
/// Returns how many positions see their whole field.
int64_t check_field(const Graph& graph, const Shape& picture, bool square) {
  const ReceptiveField field = receptive_fields(graph).back();
  EXPECT_FALSE(field.whole);
  int64_t inside = 0;
  for (const int64_t axis : {2, 3}) {
    const at::Tensor seen = what_is_seen(graph, axis, picture);
    const auto entry = seen.accessor<bool, 2>();
    for (int64_t p = 0; p < seen.size(1); ++p) {
      const int64_t begin = p * field.stride + field.offset, end = begin + field.size;
      for (int64_t i = 0; i < picture[axis]; ++i) {
        EXPECT_TRUE(!entry[i][p] || (begin <= i && i < end)) << "line " << i << ", position " << p;
      }
      if (begin < 0 || end > picture[axis]) continue;
      ++inside;
      EXPECT_TRUE(!square || (entry[begin][p] && entry[end - 1][p])) << "position " << p;
    }
  }
  return inside;
}

TEST(ReceptiveField, IsTheBruteForceOneOnRandomNetworksWithBranches) {
  const at::NoGradGuard guard;
  int exact = 0;
  for (uint64_t seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE(seed);
    const bool square = seed % 3 != 0;
    const Graph graph =
        random_graph(seed, {.blocks = 3, .classifier = false, .circular = false, .square = square});
    exact += check_field(graph, {1, 3, 48, 43}, square) > 0 && square ? 1 : 0;
  }
  EXPECT_GE(exact, 7) << "too few networks whose field fits into the picture";
}

TEST(ReceptiveField, IsExactAtEveryPositionForSquareKernels) {
  const at::NoGradGuard guard;
  Graph graph;
  graph.add("a", Conv2d{.in = 3, .out = 2, .stride = {2, 2}, .padding = {1, 1}});
  graph.add("pool", Pool2d{.kernel = {3, 3}, .stride = {2, 2}, .ceil = true});
  const NodeId fork = graph.last();
  const NodeId b = graph.add("b", Conv2d{.in = 2, .out = 2, .padding = {2, 2}, .dilation = {2, 2}});
  graph.add("sum", Add{}, {b, fork});
  for (NodeId id = 1; id <= graph.last(); ++id)
    EXPECT_GT(check_field(graph.cut({id}), {1, 3, 31, 34}, true), 0);
  EXPECT_EQ(receptive_fields(graph)[1], (ReceptiveField{.size = 3, .stride = 2, .offset = -1}));
  EXPECT_EQ(receptive_fields(graph)[2], (ReceptiveField{.size = 7, .stride = 4, .offset = -1}));
  EXPECT_EQ(receptive_fields(graph)[4], (ReceptiveField{.size = 23, .stride = 4, .offset = -9}));
}

TEST(ReceptiveField, IsTheWholePictureBehindDenseLayersAndGlobalPooling) {
  Graph graph;
  graph.add("conv", Conv2d{.in = 3, .out = 2, .stride = {2, 2}, .padding = {1, 1}});
  graph.add("pool", AdaptiveAveragePool2d{});
  graph.add("relu", Relu{});
  const NodeId slanted = graph.add("slanted", Conv2d{.in = 3, .out = 2, .stride = {2, 1}}, {0});
  const auto fields = receptive_fields(graph);
  EXPECT_FALSE(fields[1].whole);
  EXPECT_TRUE(fields[2].whole);
  EXPECT_TRUE(fields[3].whole);
  EXPECT_TRUE(fields[slanted].whole);
}

TEST(Cost, CountsMultiplyAddsAndKeptBytesByHand) {
  Graph graph;
  graph.add("conv", Conv2d{.in = 4, .out = 6, .padding = {1, 1}, .groups = 2});
  graph.add("norm", BatchNorm2d{6});
  graph.add("relu", Relu{});
  graph.add("pool", Pool2d{});
  graph.add("flatten", Flatten{});
  graph.add("fc", Linear{6 * 2 * 3, 5});
  Graph four(Input{4});
  for (NodeId id = 1; id <= graph.last(); ++id) four.add(graph.node(id).name, graph.node(id).op);
  const Cost cost = total_cost(four, {2, 4, 4, 6}, 2);
  const double map = 2 * 6 * 4 * 6;
  EXPECT_EQ(cost.multiply_adds, map * 2 * 9 + map + 2 * 5 * 36);
  EXPECT_EQ(cost.saved_bytes, map * 2 + map / 4 * 8);
}

}  // namespace
}  // namespace strata::nn

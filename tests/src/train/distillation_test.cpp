#include "train/distillation.hpp"

#include "base/error.hpp"
#include "nn/builders.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::train {
namespace {

using testing::normal;
using testing::tensors_close;
using testing::throws;

const nn::Policy kPolicy;

/// One convolution of three channels to `width`, then a ReLU.
Teacher teacher(const std::string& name, int64_t width, uint64_t seed, const std::string& mine) {
  nn::Graph graph;
  graph.add("conv", nn::Conv2d{.in = 3, .out = width, .padding = {1, 1}});
  graph.add("relu", nn::Relu{});
  nn::Network network;
  network.card.name = name;
  network.full = network.graph = graph;
  network.parameters = nn::random_parameters(graph, graph, seed);
  return {network, {{mine, "relu"}}};
}

nn::Graph student() {
  nn::Graph graph;
  graph.add("a", nn::Conv2d{.in = 3, .out = 4, .padding = {1, 1}});
  graph.add("b", nn::Conv2d{.in = 4, .out = 6, .padding = {1, 1}});
  return graph;
}

std::unique_ptr<TrainObjective> two_teachers(const DistillationOptions& options,
                                             const nn::Policy& policy = kPolicy) {
  std::vector<Teacher> teachers;
  teachers.push_back(teacher("first", 4, 1, "a"));
  teachers.push_back(teacher("second", 6, 2, "b"));
  return make_distillation(std::move(teachers), student(), options, policy);
}

at::Tensor target(const Teacher& t, const at::Tensor& rgb) {
  const auto& p = t.network.parameters;
  return at::relu(at::conv2d(rgb, p.at("conv.weight"), p.at("conv.bias"), at::IntArrayRef{1},
                             at::IntArrayRef{1}));
}

/// Of each channel, over pictures and positions.
at::Tensor deviation(const at::Tensor& features) {
  return features.std(at::IntArrayRef{0, 2, 3}, /*unbiased=*/false, /*keepdim=*/true);
}

Samples samples(uint64_t seed) { return {normal({2, 3, 12, 12}, seed), {}}; }

TEST(Distillation, LossIsTheMeanSquareToTheTeachersChannelsOfUnitVariance) {
  const auto objective = two_teachers({.scale_pictures = 2});
  EXPECT_EQ(objective->taps(), (std::vector<std::string>{"a", "b"}));
  const Samples s = samples(3);
  const std::vector<at::Tensor> features = {normal({2, 4, 12, 12}, 5), normal({2, 6, 12, 12}, 6)};
  double expected = 0;
  const std::vector<Teacher> teachers = {teacher("first", 4, 1, "a"), teacher("second", 6, 2, "b")};
  for (size_t i = 0; i < 2; ++i) {
    const at::Tensor t = target(teachers[i], s.rgb_nchw_01);
    expected += (features[i] - t / deviation(t)).square().mean().item<double>();
  }
  EXPECT_NEAR(objective->loss(s, features).item<double>(), expected, 1e-4 * expected);
}

TEST(Distillation, ABlindStudentCostsAboutOneATapWhateverTheTeachersRange) {
  const auto objective = two_teachers({.scale_pictures = 2});
  const Samples s = samples(3);
  std::vector<at::Tensor> means;
  for (const Teacher& t : {teacher("first", 4, 1, "a"), teacher("second", 6, 2, "b")}) {
    const at::Tensor f = target(t, s.rgb_nchw_01);
    means.push_back((f / deviation(f)).mean({0, 2, 3}, /*keepdim=*/true).expand_as(f));
  }
  EXPECT_NEAR(objective->loss(s, means).item<double>(), 2.0, 1e-3);
}

TEST(Distillation, GradientsReachTheStudentAndNotTheTeacher) {
  const auto objective = two_teachers({});
  std::vector<at::Tensor> features = {normal({2, 4, 12, 12}, 5).set_requires_grad(true),
                                      normal({2, 6, 12, 12}, 6).set_requires_grad(true)};
  objective->loss(samples(3), features).backward();
  EXPECT_TRUE(features[0].grad().defined());
  EXPECT_TRUE(features[1].grad().isfinite().all().item<bool>());
}

TEST(Distillation, ScalesAreLearntFromTheFirstPicturesAndThenStay) {
  const auto objective = two_teachers({.scale_pictures = 4});
  const std::vector<at::Tensor> features = {at::zeros({2, 4, 12, 12}), at::zeros({2, 6, 12, 12})};
  objective->loss(samples(1), features);
  objective->loss(samples(2), features);
  const auto state = objective->state();
  objective->loss(samples(3), features);
  const auto later = objective->state();
  for (const auto& [name, tensor] : state) EXPECT_TRUE(at::equal(tensor, later.at(name))) << name;

  const auto other = two_teachers({.scale_pictures = 4});
  other->restore(state);
  EXPECT_EQ(other->loss(samples(5), features).item<double>(),
            objective->loss(samples(5), features).item<double>());
}

TEST(Distillation, LeavesTheBorderOut) {
  const auto objective = two_teachers({.border = 2, .scale_pictures = 2});
  const Samples s = samples(3);
  std::vector<at::Tensor> features, spoilt;
  for (const Teacher& t : {teacher("first", 4, 1, "a"), teacher("second", 6, 2, "b")}) {
    const at::Tensor f = target(t, s.rgb_nchw_01);
    features.push_back(f / deviation(f));
    spoilt.push_back(features.back().clone());
    spoilt.back().narrow(3, 0, 2).fill_(100);
    spoilt.back().narrow(2, 10, 2).fill_(100);
  }
  EXPECT_NEAR(objective->loss(s, features).item<double>(), 0.0, 1e-9);
  EXPECT_NEAR(objective->loss(s, spoilt).item<double>(), 0.0, 1e-9);
  const auto meter = objective->meter();
  meter->add(s, spoilt);
  EXPECT_NEAR(meter->evaluation().score, 1.0, 1e-6);
}

TEST(Distillation, ScoresTheMedianCorrelationOfEveryTap) {
  const auto objective = two_teachers({});
  const Samples s = samples(3);
  const at::Tensor first = target(teacher("first", 4, 1, "a"), s.rgb_nchw_01);
  const at::Tensor second = target(teacher("second", 6, 2, "b"), s.rgb_nchw_01);
  const auto meter = objective->meter();
  meter->add(s, {first * 3 + 1, -second});
  const Evaluation evaluation = meter->evaluation();
  EXPECT_NEAR(evaluation.figures.at("correlation a"), 1.0, 1e-6);
  EXPECT_NEAR(evaluation.figures.at("correlation b"), -1.0, 1e-6);
  EXPECT_NEAR(evaluation.score, 0.0, 1e-6);
  EXPECT_EQ(evaluation.figures.at("silent a"), 0.0);
}

TEST(Distillation, LearnsFromRoundedTeachersAndIsJudgedByExactOnes) {
  nn::Policy half;
  half.precision = at::kBFloat16;
  const auto rounded = two_teachers({.scale_pictures = 2}, half);
  const auto exact = two_teachers({.scale_pictures = 2});
  const Samples s = samples(3);
  const at::Tensor first = target(teacher("first", 4, 1, "a"), s.rgb_nchw_01);
  const at::Tensor second = target(teacher("second", 6, 2, "b"), s.rgb_nchw_01);
  const at::Tensor zeros_a = at::zeros_like(first), zeros_b = at::zeros_like(second);
  const double loss = rounded->loss(s, {zeros_a, zeros_b}).item<double>();
  const double expected = exact->loss(s, {zeros_a, zeros_b}).item<double>();
  EXPECT_NE(loss, expected);
  EXPECT_NEAR(loss, expected, 0.02 * expected);
  const auto meter = rounded->meter();
  meter->add(s, {first, second});
  EXPECT_GT(meter->evaluation().score, 1.0 - 1e-9);
}

TEST(Distillation, RefusesLayersOfOtherShapesByName) {
  const auto make = [] {
    std::vector<Teacher> teachers;
    teachers.push_back(teacher("wide", 5, 1, "a"));
    make_distillation(std::move(teachers), student(), {}, kPolicy);
  };
  EXPECT_TRUE(throws<UsageError>(make, "a has 4 channels on 224 x 224, but relu of wide has 5"));
}

}  // namespace
}  // namespace strata::train

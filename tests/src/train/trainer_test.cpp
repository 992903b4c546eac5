#include "train/trainer.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"
#include "train/classification.hpp"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>

namespace strata::train {
namespace {

using testing::normal;
using testing::throws;

nn::Graph network() {
  nn::Graph graph;
  graph.add("conv", nn::Conv2d{.in = 3, .out = 6, .padding = {1, 1}});
  graph.add("relu", nn::Relu{});
  graph.add("pool", nn::AdaptiveAveragePool2d{});
  graph.add("flatten", nn::Flatten{});
  graph.add("drop", nn::Dropout{0.3});
  graph.add("fc", nn::Linear{6, 3});
  return graph;
}

Samples samples(uint64_t seed) { return {normal({6, 3, 8, 8}, seed), {0, 1, 2, 0, 1, 2}}; }

class Steps : public ::testing::Test {
 protected:
  Trainer make(double average = 0.9) {
    const nn::Graph graph = network();
    TrainerOptions options;
    options.optimizer.learning_rate = 0.01;
    options.schedule.steps = 20;
    options.average = average;
    return {nn::TrainingPlan(graph, nn::random_parameters(graph, graph, 1), {graph.last()},
                             nn::trained_nodes(graph, {}), {}),
            {},
            *objective_,
            options};
  }
  std::unique_ptr<TrainObjective> objective_ = make_classification("fc", 3, 0.0);
};

TEST_F(Steps, LowersTheLossOnWhatItSees) {
  Trainer trainer = make();
  const double first = trainer.step(samples(1)).loss;
  double last = 0;
  for (int i = 1; i < 20; ++i) last = trainer.step(samples(1)).loss;
  EXPECT_LT(last, first);
  EXPECT_EQ(trainer.steps(), 20);
}

TEST_F(Steps, FromItsStateGoesOnToTheBit) {
  Trainer whole = make();
  for (uint64_t i = 0; i < 4; ++i) whole.step(samples(i));
  Trainer rest = make();
  rest.restore(whole.state());
  for (uint64_t i = 4; i < 8; ++i) {
    EXPECT_EQ(whole.step(samples(i)).loss, rest.step(samples(i)).loss);
  }
  const auto a = whole.state(), b = rest.state();
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
}

TEST_F(Steps, GivesTheAveragedParametersWhereThereIsAnAverage) {
  Trainer averaged = make(0.9), plain = make(0.0);
  for (uint64_t i = 0; i < 3; ++i) {
    averaged.step(samples(i));
    plain.step(samples(i));
  }
  EXPECT_FALSE(
      at::equal(averaged.parameters().at("fc.weight"), plain.parameters().at("fc.weight")));
  EXPECT_TRUE(
      at::equal(averaged.state().at("network:fc.weight"), plain.parameters().at("fc.weight")));
}

TEST_F(Steps, NamesTheStepWhoseLossIsNotFinite) {
  Trainer trainer = make();
  trainer.step(samples(1));
  const at::Tensor before = trainer.parameters().at("conv.weight");
  Samples bad = samples(2);
  bad.rgb_nchw_01[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(throws<NumericalError>([&] { trainer.step(bad); }, "step 2"));
  EXPECT_TRUE(at::equal(trainer.parameters().at("conv.weight"), before));
}

}  // namespace
}  // namespace strata::train

#include "optim/adam.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <fstream>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace strata::optim {
namespace {

using nlohmann::json;
using testing::tensors_close;
using testing::throws;

at::Tensor vector(const json& values) {
  return at::tensor(values.get<std::vector<double>>(), at::kDouble);
}

/// The function of tests/golden/adam.py.
Evaluation cosh_bowl(const at::Tensor& x) {
  const at::Tensor a = at::tensor({1.0, 10.0, 0.1, 100.0}, at::kDouble);
  const at::Tensor r = x - at::tensor({0.5, -1.0, 2.0, 0.0}, at::kDouble);
  return {(a * (at::cosh(r) - 1)).sum().item<double>(), a * at::sinh(r)};
}

json golden() {
  std::ifstream file(STRATA_SOURCE_DIR "/tests/golden/adam.json");
  return json::parse(file);
}

AdamOptions options() { return {.learning_rate = 0.05, .beta1 = 0.9, .beta2 = 0.99}; }

TEST(Adam, TakesTheStepsOfTorch) {
  const json points = golden()["start"];
  Adam optimizer(at::ones({4}, at::kDouble), options());
  for (const json& point : points) {
    const double before = cosh_bowl(optimizer.x()).loss;
    const Step step = optimizer.iterate(cosh_bowl);
    EXPECT_EQ(step.loss, before);
    EXPECT_TRUE(tensors_close(optimizer.x(), vector(point), 1e-13));
  }
  EXPECT_EQ(optimizer.steps(), 20);
}

TEST(Adam, CorrectsTheBiasOfMomentsThatWereSet) {
  const json points = golden()["after_moments"];
  Adam optimizer(at::ones({4}, at::kDouble), options());
  optimizer.set_moments(at::tensor({0.1, -2.0, 0.03, 5.0}, at::kDouble),
                        at::tensor({0.2, 5.0, 0.01, 40.0}, at::kDouble), 7);
  for (const json& point : points) {
    const Step step = optimizer.iterate(cosh_bowl);
    EXPECT_LE(step.evaluations, 20);
    EXPECT_TRUE(tensors_close(optimizer.x(), vector(point), 1e-13));
  }
  EXPECT_EQ(optimizer.steps(), 27);
}

TEST(Adam, GoesOnFromItsOwnMomentsAsIfItHadNotStopped) {
  Adam whole(at::ones({4}, at::kDouble), options());
  for (int i = 0; i < 5; ++i) whole.iterate(cosh_bowl);
  Adam rest(whole.x(), options());
  rest.set_moments(whole.first_moment(), whole.second_moment(), whole.steps());
  for (int i = 0; i < 5; ++i) {
    whole.iterate(cosh_bowl);
    rest.iterate(cosh_bowl);
  }
  EXPECT_TRUE(at::equal(rest.x(), whole.x()));
}

TEST(Adam, KeepsTheMemoryFormatAndTheStart) {
  const at::Tensor start = at::ones({1, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  Adam optimizer(start, {});
  const Step step = optimizer.iterate([](const at::Tensor& x) {
    return Evaluation{1.0, x.contiguous() * 2};
  });
  EXPECT_EQ(step.gradient_norm, 2.0);
  EXPECT_EQ(step.status, Step::Status::running);
  EXPECT_TRUE(optimizer.x().is_contiguous(at::MemoryFormat::ChannelsLast));
  // The first step is the learning rate, whatever the gradient's length.
  EXPECT_TRUE(tensors_close(optimizer.x(), at::full({1, 3, 4, 5}, 0.98), 1e-6));
  EXPECT_TRUE(at::equal(start, at::ones({1, 3, 4, 5})));
}

TEST(Adam, StaysWhereItIsWhenTheFunctionIsNotFinite) {
  Adam optimizer(at::ones({4}, at::kDouble), options());
  optimizer.iterate(cosh_bowl);
  const at::Tensor x = optimizer.x().clone(), m = optimizer.first_moment().clone();
  EXPECT_TRUE(throws<NumericalError>(
      [&] { optimizer.iterate([](const at::Tensor& p) {
              return Evaluation{std::nan(""), p};
            }); },
      "at evaluation 2 the loss is not finite"));
  EXPECT_TRUE(throws<NumericalError>(
      [&] { optimizer.iterate([](const at::Tensor& p) {
              return Evaluation{1.0, p / 0.0};
            }); },
      "at evaluation 2 the gradient is not finite"));
  EXPECT_TRUE(at::equal(optimizer.x(), x));
  EXPECT_TRUE(at::equal(optimizer.first_moment(), m));
  EXPECT_EQ(optimizer.steps(), 1);
}

TEST(Adam, RefusesBadOptionsByName) {
  const auto make = [](const AdamOptions& bad) { return [bad] { Adam(at::ones({2}), bad); }; };
  EXPECT_TRUE(throws<UsageError>(make({.learning_rate = 0}), "learning rate 0"));
  EXPECT_TRUE(throws<UsageError>(make({.beta1 = 1}), "beta1 1"));
  EXPECT_TRUE(throws<UsageError>(make({.beta2 = -0.1}), "beta2 -0.1"));
  EXPECT_TRUE(throws<UsageError>(make({.epsilon = -1}), "epsilon -1"));
  Adam optimizer(at::ones({2}), {});
  EXPECT_TRUE(throws<Fault>([&] { optimizer.set_moments(at::ones({3}), at::ones({2}), 1); },
                            "not of x's shape"));
}

}  // namespace
}  // namespace strata::optim

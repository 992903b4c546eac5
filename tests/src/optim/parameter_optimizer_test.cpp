#include "optim/parameter_optimizer.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <fstream>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <nlohmann/json.hpp>

namespace strata::optim {
namespace {

using nlohmann::json;
using testing::tensors_close;
using testing::throws;
using Kind = ParameterOptimizerOptions::Kind;

/// The function and the start of tests/golden/parameter_optimizers.py.
class Bowl {
 public:
  Bowl() {
    const at::Tensor i = at::arange(2, at::kDouble).unsqueeze(1);
    const at::Tensor j = at::arange(3, at::kDouble).unsqueeze(0);
    target_ = i * 0.3 - j * 0.5 + 0.1;
    w_ = ((i + 1) * 0.2 - j * 0.1).set_requires_grad(true);
    b_ = at::tensor({1.0, -1.0, 0.5}, at::kDouble).set_requires_grad(true);
  }
  std::map<std::string, at::Tensor> parameters() const { return {{"w", w_}, {"b", b_}}; }
  double backward() {
    const at::Tensor loss = (at::cosh(w_ + b_ - target_) - 1).sum();
    loss.backward();
    return loss.item<double>();
  }
  const at::Tensor& w() const { return w_; }
  const at::Tensor& b() const { return b_; }

 private:
  at::Tensor w_, b_, target_;
};

ParameterOptimizerOptions sgd() {
  ParameterOptimizerOptions o;
  o.kind = Kind::sgd;
  o.learning_rate = 0.1;
  o.weight_decay = 0.1;
  return o;
}

ParameterOptimizerOptions adamw() {
  ParameterOptimizerOptions o;
  o.learning_rate = 0.05;
  o.beta1 = 0.8;
  o.beta2 = 0.95;
  o.epsilon = 1e-6;
  o.weight_decay = 0.1;
  return o;
}

void expect_trajectory(const std::string& name, const ParameterOptimizerOptions& options) {
  std::ifstream file(STRATA_SOURCE_DIR "/tests/golden/parameter_optimizers.json");
  const json points = json::parse(file)[name];
  Bowl bowl;
  ParameterOptimizer optimizer(bowl.parameters(), options);
  for (size_t k = 0; k < points.size(); ++k) {
    bowl.backward();
    optimizer.step(1.0 / (1.0 + static_cast<double>(k)));
    const auto w = points[k]["w"].get<std::vector<double>>();
    const auto b = points[k]["b"].get<std::vector<double>>();
    EXPECT_TRUE(tensors_close(bowl.w().detach().flatten(), at::tensor(w, at::kDouble), 1e-12));
    EXPECT_TRUE(tensors_close(bowl.b().detach(), at::tensor(b, at::kDouble), 1e-12));
  }
  EXPECT_EQ(optimizer.steps(), 12);
}

TEST(ParameterOptimizer, TakesTheStepsOfTorchsSgd) { expect_trajectory("sgd", sgd()); }

TEST(ParameterOptimizer, TakesTheStepsOfTorchsNesterov) {
  ParameterOptimizerOptions o = sgd();
  o.nesterov = true;
  expect_trajectory("nesterov", o);
}

TEST(ParameterOptimizer, TakesTheStepsOfTorchsAdamW) { expect_trajectory("adamw", adamw()); }

TEST(ParameterOptimizer, ClipsTheGradientAsTorchDoes) {
  ParameterOptimizerOptions o = sgd();
  o.clip_norm = 0.5;
  // torch divides by the norm + 1e-6.
  std::ifstream file(STRATA_SOURCE_DIR "/tests/golden/parameter_optimizers.json");
  const json points = json::parse(file)["clipped"];
  Bowl bowl;
  ParameterOptimizer optimizer(bowl.parameters(), o);
  bowl.backward();
  EXPECT_GT(optimizer.step(1.0), 0.5) << "the norm before clipping";
  const auto w = points[0]["w"].get<std::vector<double>>();
  EXPECT_TRUE(tensors_close(bowl.w().detach().flatten(), at::tensor(w, at::kDouble), 1e-6));
}

TEST(ParameterOptimizer, GoesOnFromItsStateToTheBit) {
  for (const ParameterOptimizerOptions& options : {sgd(), adamw()}) {
    Bowl whole, rest;
    ParameterOptimizer one(whole.parameters(), options), two(rest.parameters(), options);
    for (int k = 0; k < 3; ++k) {
      whole.backward();
      one.step(1.0);
    }
    {
      const at::NoGradGuard no_grad;
      rest.w().copy_(whole.w());
      rest.b().copy_(whole.b());
    }
    two.restore(one.state());
    EXPECT_EQ(two.steps(), 3);
    for (int k = 0; k < 3; ++k) {
      whole.backward();
      one.step(0.5);
      rest.backward();
      two.step(0.5);
    }
    EXPECT_TRUE(at::equal(whole.w(), rest.w()));
    EXPECT_TRUE(at::equal(whole.b(), rest.b()));
  }
}

TEST(ParameterOptimizer, ClearsGradientsAndPassesOverParametersWithout) {
  Bowl bowl;
  std::map<std::string, at::Tensor> parameters = bowl.parameters();
  const at::Tensor idle = at::ones({2, 2}, at::kDouble).set_requires_grad(true);
  parameters["idle"] = idle;
  ParameterOptimizer optimizer(parameters, adamw());
  bowl.backward();
  optimizer.step(1.0);
  EXPECT_FALSE(bowl.w().grad().defined());
  EXPECT_TRUE(at::equal(idle, at::ones({2, 2}, at::kDouble)));
}

TEST(ParameterOptimizer, ChangesNothingWhereAGradientIsNotFinite) {
  Bowl bowl;
  ParameterOptimizer optimizer(bowl.parameters(), sgd());
  const at::Tensor before = bowl.w().detach().clone();
  bowl.backward();
  bowl.b().mutable_grad() = at::full({3}, std::numeric_limits<double>::infinity(), at::kDouble);
  EXPECT_TRUE(throws<NumericalError>([&] { optimizer.step(1.0); }, "at step 1"));
  EXPECT_TRUE(at::equal(bowl.w(), before));
  EXPECT_EQ(optimizer.steps(), 0);
}

TEST(ParameterOptimizer, RefusesBadOptionsByName) {
  const auto refused = [](const auto& change, const std::string& part) {
    ParameterOptimizerOptions o;
    change(o);
    return throws<UsageError>([&] { o.validate(); }, part);
  };
  using O = ParameterOptimizerOptions;
  EXPECT_TRUE(refused([](O& o) { o.learning_rate = 0; }, "optimizer.learning_rate: 0"));
  EXPECT_TRUE(refused([](O& o) { o.momentum = 1; }, "optimizer.momentum: 1"));
  EXPECT_TRUE(refused([](O& o) { o.beta1 = 1; }, "optimizer.beta1: 1"));
  EXPECT_TRUE(refused([](O& o) { o.beta2 = -0.5; }, "optimizer.beta2: -0.5"));
  EXPECT_TRUE(refused([](O& o) { o.epsilon = 0; }, "optimizer.epsilon: 0"));
  EXPECT_TRUE(refused([](O& o) { o.weight_decay = -1; }, "optimizer.weight_decay: -1"));
  EXPECT_TRUE(refused([](O& o) { o.clip_norm = -1; }, "optimizer.clip_norm: -1"));
  EXPECT_TRUE(throws<UsageError>([] { parameter_optimizer_from("adam"); }, "did you mean adamw?"));
}

}  // namespace
}  // namespace strata::optim

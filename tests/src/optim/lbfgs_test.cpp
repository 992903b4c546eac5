#include "optim/lbfgs.hpp"

#include "base/error.hpp"
#include "functions.hpp"
#include "testing/testing.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::optim {
namespace {

using nlohmann::json;
using testing::normal;
using testing::tensors_close;
using testing::throws;
using Status = Step::Status;

at::Tensor after(int iterations, const Function& f, const at::Tensor& start) {
  Lbfgs optimizer(start, {});
  for (int i = 0; i < iterations; ++i) optimizer.iterate(f);
  return optimizer.x().clone();
}

/// The evaluation at which the gradient's infinity norm is first at or below each norm.
std::vector<std::optional<int64_t>> evaluations_to(const Function& f,
                                                   const at::Tensor& start,
                                                   const std::vector<double>& norms,
                                                   int64_t cap) {
  std::vector<std::optional<int64_t>> found(norms.size());
  int64_t evaluations = 0;
  Lbfgs optimizer(start, {});
  const Function counted = [&](const at::Tensor& x) {
    Evaluation evaluation = f(x);
    ++evaluations;
    const double norm = evaluation.gradient.abs().max().item<double>();
    for (size_t i = 0; i < norms.size(); ++i) {
      if (!found[i] && norm <= norms[i]) found[i] = evaluations;
    }
    return evaluation;
  };
  while (!found.back() && evaluations < cap) {
    const Step step = optimizer.iterate(counted);
    EXPECT_EQ(step.evaluations, evaluations);
    if (step.status != Status::running) break;
  }
  return found;
}

/// What torch.optim.LBFGS needs, and what we need, for one line of tests/golden/lbfgs.json.
struct Comparison {
  std::string name;
  bool scattered = false;             ///< pairs of Rosenbrock's function that start apart
  std::vector<int64_t> ours, theirs;  ///< to each norm; the cap where it was not reached
};

std::vector<Comparison> comparisons() {
  std::ifstream file(STRATA_SOURCE_DIR "/tests/golden/lbfgs.json");
  const json golden = json::parse(file);
  const auto cap = golden["cap"].get<int64_t>();
  std::vector<Comparison> list;
  for (const json& c : golden["cases"]) {
    const auto n = c["n"].get<int64_t>();
    Function f = rosenbrock;
    at::Tensor start;
    const double spread = c.value("spread", 0.0);
    if (c["function"] == "quadratic") {
      f = quadratic(n, c["condition"].get<double>(), c["spectrum"].get<std::string>());
      start = quadratic_start(n, c["start"].get<int64_t>());
    } else {
      start = rosenbrock_start(n, c["start"][0].get<double>(), c["start"][1].get<double>(), spread);
    }
    Comparison comparison{.name = c.dump(), .scattered = spread > 0, .ours = {}, .theirs = {}};
    const auto found = evaluations_to(f, start, c["norms"].get<std::vector<double>>(), cap);
    for (size_t i = 0; i < found.size(); ++i) {
      comparison.ours.push_back(found[i].value_or(cap));
      comparison.theirs.push_back(c["torch"][i].is_null() ? cap : c["torch"][i].get<int64_t>());
    }
    list.push_back(comparison);
  }
  return list;
}

TEST(Lbfgs, NeedsNoMoreEvaluationsThanTorchWithStrongWolfe) {
  // From scattered starts the pairs of Rosenbrock's function go their ways at different times, and
  // which code is luckier changes with every digit of the start: there only the whole is compared.
  double logs = 0;
  int64_t same = 0, scattered = 0, lost = 0;
  double worst = 0;
  for (const Comparison& c : comparisons()) {
    for (size_t i = 0; i < c.ours.size(); ++i) {
      if (!c.scattered) {
        EXPECT_LE(c.ours[i], c.theirs[i]) << "to norm " << i << ": " << c.name;
        ++same;
        worst = std::max(worst, static_cast<double>(c.ours[i]) / static_cast<double>(c.theirs[i]));
        continue;
      }
      logs += std::log(static_cast<double>(c.ours[i]) / static_cast<double>(c.theirs[i]));
      ++scattered;
      lost += c.ours[i] > c.theirs[i] ? 1 : 0;
    }
  }
  RecordProperty("same_start",
                 fmt::format("{} comparisons, at most {:.2f} of torch's evaluations", same, worst));
  const double ratio = std::exp(logs / static_cast<double>(scattered));
  RecordProperty("scattered", fmt::format("{} comparisons, {} with more evaluations than torch, "
                                          "geometric mean {:.2f}",
                                          scattered, lost, ratio));
  EXPECT_LT(ratio, 0.85);
  EXPECT_LT(lost, scattered / 5);
}

TEST(Lbfgs, SolvesAQuadraticOfTenDimensionsInOneMoreThanTenIterations) {
  const Function f = quadratic(10, 100, "log");
  const auto found = evaluations_to(f, quadratic_start(10, 0), {1e-9}, 100);
  ASSERT_TRUE(found[0]);
  EXPECT_LE(*found[0], 13);  // the start, one trial too long, and eleven
}

TEST(Lbfgs, TakesBitwiseTheSameStepsOnAnObjectiveTimesAPowerOfTwo) {
  for (const auto type : {at::kDouble, at::kFloat}) {
    const at::Tensor start = rosenbrock_start(20, -1.2, 1, 0.3).to(type);
    const at::Tensor expected = after(25, rosenbrock, start);
    for (const int power : {-30, -10, 1, 10, 30}) {
      const Function f = scaled(rosenbrock, std::ldexp(1.0, power));
      EXPECT_TRUE(at::equal(after(25, f, start), expected)) << "2^" << power;
    }
  }
}

TEST(Lbfgs, TakesTheSameStepsOnAnObjectiveTimesAPowerOfTen) {
  const at::Tensor start = quadratic_start(50, 0);
  const Function f = quadratic(50, 100, "log");
  const at::Tensor far = rosenbrock_start(20, -1.2, 1, 0.3);
  for (int power = -9; power <= 9; ++power) {
    const double c = std::pow(10.0, power);
    EXPECT_TRUE(tensors_close(after(20, scaled(f, c), start), after(20, f, start), 1e-10));
    EXPECT_TRUE(
        tensors_close(after(20, scaled(rosenbrock, c), far), after(20, rosenbrock, far), 1e-9));
  }
}

TEST(Lbfgs, TakesTheSameStepsInBothMemoryFormats) {
  const at::Tensor start = normal({1, 4, 6, 5}, 3, at::kDouble);
  const at::Tensor last = start.contiguous(at::MemoryFormat::ChannelsLast);
  Lbfgs a(start, {}), b(last, {});
  for (int i = 0; i < 15; ++i) {
    a.iterate(rosenbrock);
    b.iterate(rosenbrock);
  }
  EXPECT_TRUE(b.x().is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(tensors_close(b.x(), a.x(), 1e-9));
  EXPECT_TRUE(tensors_close(b.gradient(), a.gradient(), 1e-6));
  EXPECT_TRUE(tensors_close(a.gradient(), rosenbrock(a.x()).gradient, 1e-12));
  EXPECT_TRUE(at::equal(start, normal({1, 4, 6, 5}, 3, at::kDouble))) << "the start was changed";
  EXPECT_EQ(b.x().sizes(), start.sizes());
}

TEST(Lbfgs, TakesStartsWithStridesAndGradientsOfOtherLayouts) {
  const at::Tensor start = normal({1, 6, 4, 8}, 4, at::kDouble).slice(3, 0, 8, 2);
  Lbfgs a(start, {}), b(start.contiguous(), {});
  const Function other = [](const at::Tensor& x) {
    Evaluation evaluation = rosenbrock(x);
    evaluation.gradient = evaluation.gradient.contiguous(at::MemoryFormat::ChannelsLast);
    return evaluation;
  };
  for (int i = 0; i < 5; ++i) {
    a.iterate(other);
    b.iterate(rosenbrock);
  }
  EXPECT_TRUE(at::equal(a.x(), b.x()));
}

TEST(Lbfgs, StopsAtTheGradientToleranceAndAtAMinimum) {
  const Function f = quadratic(20, 10, "log");
  LbfgsOptions options;
  options.gradient_tolerance = 1e-3;
  Lbfgs optimizer(quadratic_start(20, 0), options);
  Step step;
  for (int i = 0; i < 100 && step.status == Status::running; ++i) step = optimizer.iterate(f);
  EXPECT_EQ(step.status, Status::converged);
  EXPECT_LE(step.gradient_norm, 1e-3);
  EXPECT_EQ(step.gradient_norm, optimizer.gradient().abs().max().item<double>());
  EXPECT_EQ(step.loss, f(optimizer.x()).loss);
  EXPECT_EQ(optimizer.iterate(f).evaluations, step.evaluations) << "nothing is left to do";

  Lbfgs at_minimum(at::ones({4}, at::kDouble), {});
  const Step first = at_minimum.iterate(rosenbrock);
  EXPECT_EQ(first.status, Status::converged);
  EXPECT_EQ(first.evaluations, 1);
  EXPECT_EQ(first.iterations, 0);
}

TEST(Lbfgs, StallsWhereFloat32SeesNoLowerLoss) {
  Lbfgs optimizer(rosenbrock_start(10, -1.2, 1).to(at::kFloat), {});
  // An offset hides the last digits of the loss.
  const Function f = [](const at::Tensor& x) {
    const Evaluation evaluation = rosenbrock(x);
    return Evaluation{static_cast<double>(static_cast<float>(evaluation.loss + 1000)),
                      evaluation.gradient + 1e-3 * at::sin(1e4 * x)};
  };
  Step step;
  for (int i = 0; i < 1000 && step.status == Status::running; ++i) step = optimizer.iterate(f);
  EXPECT_EQ(step.status, Status::stalled);
  EXPECT_LT(step.evaluations, 500);
  EXPECT_LT(rosenbrock(optimizer.x()).loss, 1e-2);
}

TEST(Lbfgs, ReachesTightGradientsWhereLossesAreEqualToTheLastDigit) {
  const Function f = [](const at::Tensor& x) {
    Evaluation evaluation = rosenbrock(x);
    evaluation.loss += 1e4;
    return evaluation;
  };
  EXPECT_TRUE(evaluations_to(f, rosenbrock_start(2, -1.2, 1), {1e-8}, 60)[0]);
}

TEST(Lbfgs, RefusesAStartThatIsNotFinite) {
  Lbfgs loss(at::ones({2}, at::kDouble), {}), gradient(at::ones({2}, at::kDouble), {});
  EXPECT_TRUE(throws<NumericalError>(
      [&] { loss.iterate([](const at::Tensor& x) {
              return Evaluation{std::nan(""), x};
            }); },
      "the loss is not finite at the start"));
  EXPECT_TRUE(throws<NumericalError>(
      [&] { gradient.iterate([](const at::Tensor& x) {
              return Evaluation{1.0, x / 0.0};
            }); },
      "the gradient is not finite at the start"));
}

TEST(Lbfgs, StepsBackFromWhereTheFunctionIsNotFinite) {
  // x - log x has its minimum at 1 and none beyond zero, where the long first step leads.
  const Function f = [](const at::Tensor& x) {
    return Evaluation{(x - x.log()).sum().item<double>(), at::where(x > 0, 1 - 1 / x, x / 0.0)};
  };
  LbfgsOptions options;
  options.first_length = 10;
  options.gradient_tolerance = 1e-8;
  Lbfgs optimizer(at::full({3}, 20.0, at::kDouble), options);
  Step step;
  for (int i = 0; i < 60 && step.status == Status::running; ++i) step = optimizer.iterate(f);
  EXPECT_EQ(step.status, Status::converged);
  EXPECT_TRUE(tensors_close(optimizer.x(), at::ones(3), 1e-7));
}

TEST(Lbfgs, KeepsTheLastAcceptedPointWhenTheFunctionIsNoLongerFinite) {
  int64_t evaluations = 0;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const bool in_loss : {true, false}) {
    evaluations = 0;
    const Function f = [&](const at::Tensor& x) {
      Evaluation evaluation = rosenbrock(x);
      const bool bad = ++evaluations > 8;
      if (bad && in_loss) evaluation.loss = nan;
      if (bad && !in_loss) evaluation.gradient[0] = nan;
      return evaluation;
    };
    Lbfgs optimizer(rosenbrock_start(4, -1.2, 1), {});
    at::Tensor last;
    const auto run = [&] {
      for (;;) {
        optimizer.iterate(f);
        last = optimizer.x().clone();
      }
    };
    EXPECT_TRUE(throws<NumericalError>(run, in_loss ? "the loss is not finite at evaluation"
                                                    : "the gradient is not finite at evaluation"));
    EXPECT_TRUE(at::equal(optimizer.x(), last));
    EXPECT_LE(evaluations, 8 + 7);
    // What was not finite has left no trace.
    const Step step = optimizer.iterate(rosenbrock);
    EXPECT_EQ(step.status, Status::running);
    EXPECT_TRUE(std::isfinite(step.loss));
  }
}

TEST(Lbfgs, GoesOnAfterAnExceptionAsIfNothingHadHappened) {
  struct Interrupted {};
  for (const int64_t bad : {1, 2, 3, 9}) {
    const at::Tensor start = rosenbrock_start(6, -1.2, 1, 0.3);
    const at::Tensor expected = after(10, rosenbrock, start);
    Lbfgs optimizer(start, {});
    int64_t evaluations = 0;
    const Function f = [&](const at::Tensor& x) {
      if (++evaluations == bad) throw Interrupted{};
      return rosenbrock(x);
    };
    int done = 0;
    at::Tensor last = start;
    while (done < 10) {
      try {
        optimizer.iterate(f);
        ++done;
        last = optimizer.x().clone();
      } catch (const Interrupted&) {
        EXPECT_TRUE(at::equal(optimizer.x(), last));
      }
    }
    EXPECT_TRUE(at::equal(optimizer.x(), expected)) << "interrupted at evaluation " << bad;
  }
}

TEST(Lbfgs, FindsTheScaleOfTheFirstStepFromFarOff) {
  for (const double curvature : {1e-6, 1e-3, 1e3, 1e6}) {
    // Steps by |x| times a tenth are far too long, or far too short.
    const Function f = [&](const at::Tensor& x) {
      const at::Tensor r = x - 1 - 1 / curvature;
      return Evaluation{0.5 * curvature * (r * r).sum().item<double>(), curvature * r};
    };
    EXPECT_LE(*evaluations_to(f, at::ones({5}, at::kDouble), {1e-9 * curvature}, 30)[0], 8);
  }
}

TEST(Lbfgs, GoesDownWithoutEndWhereThereIsNoMinimum) {
  const Function slope = [](const at::Tensor& x) {
    return Evaluation{x.sum().item<double>(), at::ones_like(x)};
  };
  Lbfgs optimizer(at::zeros({3}, at::kDouble), {});
  const Step step = optimizer.iterate(slope);
  EXPECT_EQ(step.status, Status::running);
  EXPECT_LT(step.loss, -1e3);
}

TEST(Lbfgs, RefusesBadOptionsByName) {
  const auto make = [](auto change) {
    return [change] {
      LbfgsOptions options;
      change(options);
      Lbfgs(at::ones({2}, at::kDouble), options);
    };
  };
  EXPECT_TRUE(throws<UsageError>(make([](LbfgsOptions& o) { o.history = 0; }), "history 0"));
  EXPECT_TRUE(throws<UsageError>(make([](LbfgsOptions& o) { o.history = 201; }), "1 to 200"));
  EXPECT_TRUE(throws<UsageError>(make([](LbfgsOptions& o) { o.armijo = 0.7; }), "armijo 0.7"));
  EXPECT_TRUE(throws<UsageError>(make([](LbfgsOptions& o) { o.wolfe = 1; }), "wolfe 1"));
  EXPECT_TRUE(throws<UsageError>(make([](LbfgsOptions& o) { o.gradient_tolerance = -1; }),
                                 "gradient_tolerance -1"));
  EXPECT_TRUE(throws<UsageError>(make([](LbfgsOptions& o) { o.relative_curvature = 1; }),
                                 "relative_curvature 1"));
  EXPECT_TRUE(
      throws<UsageError>(make([](LbfgsOptions& o) { o.first_length = 0; }), "first_length 0"));
  EXPECT_TRUE(throws<UsageError>(make([](LbfgsOptions& o) { o.max_evaluations_per_search = 0; }),
                                 "max_evaluations"));
  EXPECT_TRUE(throws<Fault>([] { Lbfgs(at::ones({2}, at::kBFloat16), {}); }, "float32"));
}

}  // namespace
}  // namespace strata::optim

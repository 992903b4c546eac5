#include "optim/line_search.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace strata::optim {
namespace {

using State = LineSearch::State;

struct Line {
  std::function<double(double)> f, slope;
};

struct Found {
  State state = State::searching;
  double best = 0.0;
  std::vector<double> steps;
};

Found search(const Line& line, double first, LineSearchOptions options = {}) {
  LineSearch search(line.f(0), line.slope(0), first, options);
  Found found;
  while (found.state == State::searching) {
    const double t = search.step();
    found.steps.push_back(t);
    found.state = search.report(line.f(t), line.slope(t));
  }
  found.best = search.best();
  return found;
}

void expect_wolfe(const Line& line, double t, const LineSearchOptions& options) {
  EXPECT_LE(line.f(t), line.f(0) + options.armijo * t * line.slope(0));
  EXPECT_LE(std::abs(line.slope(t)), options.wolfe * std::abs(line.slope(0)));
}

const Line kParabola{[](double t) { return (t - 3) * (t - 3); },
                     [](double t) { return 2 * (t - 3); }};
// More and Thuente 1994, eq. 5.1 with beta = 2, and 5.2 with beta = 0.004.
const Line kShallow{[](double t) { return -t / (t * t + 2); },
                    [](double t) { return (t * t - 2) / ((t * t + 2) * (t * t + 2)); }};
const Line kSteep{[](double t) { return std::pow(t + 0.004, 5) - 2 * std::pow(t + 0.004, 4); },
                  [](double t) { return 5 * std::pow(t + 0.004, 4) - 8 * std::pow(t + 0.004, 3); }};
const Line kWavy{[](double t) { return 0.1 * t * t - t + 2 * std::cos(3 * t); },
                 [](double t) { return 0.2 * t - 1 - 6 * std::sin(3 * t); }};

TEST(LineSearch, TakesTheFirstStepWhereItWillDo) {
  const Found found = search(kParabola, 2.0);
  EXPECT_EQ(found.state, State::accepted);
  EXPECT_EQ(found.steps, std::vector<double>{2.0});
}

TEST(LineSearch, FindsTheMinimumOfAParabolaWithOneMoreTrial) {
  for (const double first : {0.01, 0.1, 7.0, 25.0}) {
    LineSearchOptions options;
    options.growth = 1000;
    const Found found = search(kParabola, first, options);
    EXPECT_EQ(found.state, State::accepted);
    ASSERT_EQ(found.steps.size(), 2u) << first;
    EXPECT_NEAR(found.steps[1], 3.0, 1e-6);
  }
}

TEST(LineSearch, MeetsTheStrongWolfeConditionsFromAnyFirstStep) {
  for (const Line& line : {kParabola, kShallow, kSteep, kWavy}) {
    for (const double wolfe : {0.9, 0.1, 0.01}) {
      for (const double first : {1e-3, 1e-1, 1.0, 10.0, 1e3}) {
        LineSearchOptions options;
        options.wolfe = wolfe;
        options.max_evaluations = 40;
        const Found found = search(line, first, options);
        ASSERT_EQ(found.state, State::accepted) << "wolfe " << wolfe << ", from " << first;
        expect_wolfe(line, found.steps.back(), options);
      }
    }
  }
}

TEST(LineSearch, TakesTheSameStepsWhateverTheScale) {
  for (const Line& line : {kShallow, kSteep, kWavy}) {
    for (const double c : {0x1p-40, 0x1p40}) {
      const Line scaled{[&](double t) { return c * line.f(t); },
                        [&](double t) { return c * line.slope(t); }};
      for (const double first : {1e-3, 1.0, 1e3}) {
        EXPECT_EQ(search(scaled, first).steps, search(line, first).steps);
      }
    }
  }
}

TEST(LineSearch, GoesByTheSlopesWhereLossesAreEqualToTheLastDigit) {
  const Line line{[](double) { return 1.0; }, [](double t) { return 1e-9 * (t - 3); }};
  const Found found = search(line, 1e-3, {.growth = 1e5});
  EXPECT_EQ(found.state, State::accepted);
  EXPECT_NEAR(found.steps.back(), 3.0, 1e-9);
}

TEST(LineSearch, ShortensStepsThatAreNotFiniteAndDoesNotGoThereAgain) {
  const auto beyond = [](double t) { return t > 1 ? std::nan("") : 0.0; };
  const Line line{[&](double t) { return -t + beyond(t); },
                  [&](double t) { return -1 + beyond(t); }};
  const Found found = search(line, 4.0, {.max_evaluations = 12});
  EXPECT_EQ(found.state, State::exhausted);
  EXPECT_GT(found.best, 0.9);
  EXPECT_LE(found.best, 1.0);
  double limit = std::numeric_limits<double>::infinity();
  for (const double t : found.steps) {
    EXPECT_LT(t, limit);
    if (t > 1) limit = t;
  }
}

TEST(LineSearch, GivesUpWhereNoStepIsFinite) {
  const double nan = std::numeric_limits<double>::infinity();
  LineSearch search(1.0, -1.0, 1.0, {.max_not_finite = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(search.report(nan, 0.0), State::searching);
  EXPECT_EQ(search.report(0.5, nan), State::not_finite);
  EXPECT_EQ(search.best(), 0.0);
}

TEST(LineSearch, NamesTheLowestPointWhenItHasNoMoreTrials) {
  const Line falling{[](double t) { return -t; }, [](double) { return -1.0; }};
  const Found found = search(falling, 1.0, {.max_evaluations = 4});
  EXPECT_EQ(found.state, State::exhausted);
  EXPECT_EQ(found.best, found.steps.back());
  const Line wrong{[](double t) { return t; }, [](double t) { return t == 0 ? -1.0 : 1.0; }};
  EXPECT_EQ(search(wrong, 1.0).state, State::exhausted);
  EXPECT_EQ(search(wrong, 1.0).best, 0.0);
  EXPECT_EQ(search(wrong, 1.0).steps.size(), 20u);
}

TEST(LineSearch, RefusesADirectionThatDoesNotLeadDown) {
  EXPECT_TRUE(testing::throws<Fault>([] { LineSearch(1.0, 0.0, 1.0, {}); }, "descent"));
}

LineStep step_on(const Line& line, double length) {
  return {.length = length,
          .loss = line.f(0),
          .slope = line.slope(0),
          .next_loss = line.f(length),
          .next_slope = line.slope(length)};
}

TEST(EndCurvature, IsExactOnCubicsWhateverTheirScale) {
  // f'' = 2 + 6 t / 10, and its mean over [0, 2] is 2.6.
  const Line cubic{[](double t) { return t * t - 5 * t + 0.1 * t * t * t; },
                   [](double t) { return 2 * t - 5 + 0.3 * t * t; }};
  EXPECT_NEAR(end_curvature(step_on(cubic, 2.0), 1e-14), 3.2 / 2.6, 1e-12);
  const Line scaled{[&](double t) { return 0x1p-50 * cubic.f(t); },
                    [&](double t) { return 0x1p-50 * cubic.slope(t); }};
  EXPECT_EQ(end_curvature(step_on(scaled, 2.0), 1e-14), end_curvature(step_on(cubic, 2.0), 1e-14));
  EXPECT_NEAR(end_curvature(step_on(kParabola, 2.0), 1e-14), 1.0, 1e-12);
}

TEST(EndCurvature, IsHeldInBoundsAndOneWhereRoundingHidesIt) {
  const Line quartic{[](double t) { return std::pow(t, 4) - t; },
                     [](double t) { return 4 * std::pow(t, 3) - 1; }};
  EXPECT_EQ(end_curvature(step_on(quartic, 1.0), 1e-14), 2.0);
  LineStep step = step_on(quartic, 1.0);
  step.loss += 1e9;
  step.next_loss += 1e9 + 1;
  EXPECT_EQ(end_curvature(step, 1e-6), 1.0);
  step.next_slope = step.slope;
  EXPECT_EQ(end_curvature(step, 0.0), 1.0);
}

}  // namespace
}  // namespace strata::optim

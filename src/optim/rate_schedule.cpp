#include "optim/rate_schedule.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace strata::optim {

double RateSchedule::at(int64_t step) const {
  const auto position = static_cast<double>(step);
  const auto warm = static_cast<double>(warm_up);
  if (step < warm_up) return (position + 1.0) / (warm + 1.0);
  const double part =
      std::min(1.0, (position - warm) / std::max(1.0, static_cast<double>(steps) - warm));
  switch (kind) {
    case Kind::constant:
      return 1.0;
    case Kind::cosine:
      return floor + (1.0 - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * part));
    case Kind::step: {
      const double run = position / static_cast<double>(std::max<int64_t>(1, steps));
      const auto passed =
          std::count_if(milestones.begin(), milestones.end(), [&](double m) { return run >= m; });
      return std::pow(decay, static_cast<double>(passed));
    }
  }
  return 1.0;
}

void RateSchedule::validate() const {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw UsageError("schedule: " + what);
  };
  require(steps >= 1, fmt::format("steps {}: at least 1", steps));
  require(warm_up >= 0 && warm_up < steps,
          fmt::format("warm_up {}: at least 0 and below the {} steps of the run", warm_up, steps));
  require(floor >= 0 && floor <= 1, fmt::format("floor {}: 0 to 1", floor));
  require(decay > 0 && decay <= 1, fmt::format("decay {}: above 0, at most 1", decay));
  for (const double m : milestones) {
    require(m > 0 && m < 1, fmt::format("milestone {}: a part of the run, between 0 and 1", m));
  }
}

std::vector<std::string> rate_schedule_names() { return {"constant", "cosine", "step"}; }

RateSchedule::Kind rate_schedule_from(const std::string& name) {
  if (name == "constant") return RateSchedule::Kind::constant;
  if (name == "cosine") return RateSchedule::Kind::cosine;
  if (name == "step") return RateSchedule::Kind::step;
  const auto names = rate_schedule_names();
  throw UsageError("schedule \"" + name + "\" is not one of " + join(names) +
                   did_you_mean(name, names));
}

}  // namespace strata::optim

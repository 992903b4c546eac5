#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strata::optim {

/// The learning rate over the steps of a run, relative to its full value.
struct RateSchedule {
  enum class Kind {
    constant,
    cosine,  ///< (1 + cos(pi t)) / 2 over what follows the warm-up, down to `floor` (Loshchilov and
             ///< Hutter 2017, equation 5, one cycle)
    step     ///< times `decay` at each of `milestones`
  } kind = Kind::cosine;
  int64_t steps = 1;    ///< of the whole run
  int64_t warm_up = 0;  ///< first steps, over which the rate rises in a straight line
  double floor = 0.0;   ///< cosine only, in [0, 1]
  double decay = 0.1;   ///< step only
  std::vector<double> milestones{0.5, 0.75};  ///< step only: parts of the run, in (0, 1)

  /// For step 0 .. steps - 1; in [0, 1].
  double at(int64_t step) const;
  /// Throws UsageError.
  void validate() const;
};

std::vector<std::string> rate_schedule_names();
RateSchedule::Kind rate_schedule_from(const std::string& name);

}  // namespace strata::optim

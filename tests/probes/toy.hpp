#pragma once

#include "base/log.hpp"
#include "base/stop_signal.hpp"
#include "probes/choice.hpp"
#include "probes/pictures.hpp"
#include "probes/probe_fit.hpp"
#include "probes/source.hpp"
#include "probes/task.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace strata::testing {

inline Log& quiet() {
  static Log log(Log::Level::quiet);
  return log;
}
inline const StopSignal& no_stop() {
  static const StopSignal stop;
  return stop;
}

/// Writes the card of a small VGG11 for 32 x 32 pictures and returns the request for it with random
/// weights.
nn::NetworkRequest toy_network(const std::filesystem::path& folder, int seed = 0);

/// The same network opened: taps relu1_1 (6 channels), relu2_1 (10) and relu3_2 (12), with `gap`
/// and `gram` in float32.
probes::FeatureSource toy_source(const std::filesystem::path& folder, int seed = 0);

/// A data set of stripes, hashed: `classes` x `per_class` pictures of 40 x 40.
probes::PictureSet toy_pictures(const std::filesystem::path& folder, int classes, int per_class);

/// n rows of d features in `classes` Gaussian clouds, `distance` apart in units of their spread,
/// with five folds and no test part.
struct ToyProblem {
  at::Tensor features;
  probes::ProbeTask task;
};
ToyProblem toy_problem(int64_t n, int64_t d, int64_t classes, double distance, uint64_t seed);

}  // namespace strata::testing

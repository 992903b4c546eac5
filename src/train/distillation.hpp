#pragma once

#include "base/log.hpp"
#include "nn/network.hpp"
#include "nn/plan.hpp"
#include "train/objective.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace strata::train {

/// A frozen network whose features a student learns.
struct Teacher {
  nn::Network network;
  /// The student's layer -> the teacher's.
  std::map<std::string, std::string> taps;
};

/// Feature distillation (Romero et al. 2015, FitNets, equation 3, at many layers at once): the
/// student learns the teacher's channels, each divided by its standard deviation d,
///   L = sum over taps of mean over channels and positions of (S - T / d)^2,
/// with d over the first pictures of the run, its square at least 1e-3 of the tap's largest. So a
/// tap counts 1 where its student is blind, whatever the range of its features, and the student's
/// weights keep a size that optimisers are made for. Positions nearer than `border` pixels to the
/// picture's edge are left out: student and teacher may fill their borders differently.
struct DistillationOptions {
  int64_t border = 0;            ///< pixels
  int64_t scale_pictures = 256;  ///< from which d is taken
};

/// Throws UsageError where shapes of a student's and a teacher's layer differ, with both.
std::unique_ptr<TrainObjective> make_distillation(std::vector<Teacher> teachers,
                                                  const nn::Graph& student,
                                                  const DistillationOptions& options,
                                                  const nn::Policy& policy);

}  // namespace strata::train

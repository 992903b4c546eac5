#pragma once

#include "base/config.hpp"
#include "nn/network.hpp"
#include "probes/choice.hpp"
#include "probes/feature.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::probes {

/// Which pictures, and what is to be read from them.
struct DataChoice {
  std::filesystem::path path;
  std::string layout = "auto";       ///< as data::open_dataset
  std::string label = "class";       ///< "class" or "domain"
  std::vector<std::string> domains;  ///< only these; empty: all
  std::vector<std::string> classes;  ///< only these; empty: all
};

struct ProbeChoice {
  std::string kind = "logistic";
  std::vector<double> lambdas;  ///< strong to weak, each once
  int64_t folds = 5;
  int64_t repeats = 1;      ///< of the division into folds
  double tolerance = 1e-4;  ///< relative KKT residual of a converged fit
};

/// A probe sweep as its YAML file describes it; docs/probe.md lists the keys. One cell for each
/// network x tap x feature.
struct Sweep {
  std::vector<nn::NetworkRequest> networks;
  DataChoice data;
  ExtractionChoice extraction;
  std::vector<std::string> taps;  ///< names and patterns; empty: the card's layers for probes
  std::vector<Feature> features;
  std::string dtype = "float32";  ///< of the features on disk: "float32" or "float16"
  ProbeChoice probe;
  double test = 0.0;  ///< share of the pictures held out from every choice; 0: none
  int64_t seed = 0;
  std::filesystem::path store;  ///< empty: `store` in the run's folder

  /// Reads and checks a sweep. `overrides` are keys of every network's card. Throws UsageError for
  /// whatever is wrong in the text; files are not touched.
  static Sweep from(const Config& config, const Config& overrides = {});
  /// Everything resolved, for records.
  nlohmann::json to_json() const;
};

/// `count` values from `from` to `to`, both included, evenly spaced on a log scale.
std::vector<double> log_spaced(double from, double to, int64_t count);

}  // namespace strata::probes

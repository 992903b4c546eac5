#pragma once

#include "base/log.hpp"
#include "base/stop_signal.hpp"
#include "probes/extraction.hpp"
#include "probes/summary.hpp"
#include "probes/sweep.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::probes {

struct ProbeOptions {
  Sweep sweep;
  std::filesystem::path output;  ///< the run's folder
};

/// What a run would do.
struct ProbePlan {
  struct Entry {
    std::string network, tap, feature, definition;
    int64_t rows = 0, dims = 0;
    int64_t missing = 0;  ///< rows that the store lacks
    double bytes = 0.0;   ///< of these
    bool done = false;
  };
  std::vector<Entry> cells;
  double bytes = 0.0;
  double extraction_seconds = 0.0, solving_seconds = 0.0;  ///< rough, for what is missing
  nlohmann::json configuration;
  nlohmann::json to_json() const;
};

/// How a run went.
struct ProbeReport {
  std::vector<LayerSummary> layers;
  std::vector<std::pair<std::string, std::string>> failed;  ///< cell, reason
  ExtractionReport extraction;
  double solving_seconds = 0.0;      ///< of the cells that were computed now
  int64_t computed = 0, reused = 0;  ///< cells
  nlohmann::json record;             ///< as in run.json
  /// Names of the cells that no lambda converged in.
  std::vector<std::string> unconverged() const;
  nlohmann::json to_json() const;
};

/// Makes all checks and writes nothing.
ProbePlan plan_probe(const ProbeOptions& options, Log& log, const StopSignal& stop);

/// Runs a sweep into its folder (docs/probe.md): computes the cells that are missing and rebuilds
/// the tables and plots from all. A cell that fails does not stop the others. Throws Interrupted;
/// the same call then goes on from what there is.
ProbeReport run_probe(const ProbeOptions& options, Log& log, const StopSignal& stop);

}  // namespace strata::probes

#pragma once

#include "base/log.hpp"
#include "base/options.hpp"
#include "base/stop_signal.hpp"
#include "probes/choice.hpp"
#include "probes/extraction.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::probes {

struct ExtractOptions {
  std::filesystem::path dataset;
  std::filesystem::path output;  ///< the store's folder
  NetworkChoice network;
  ExtractionChoice extraction;
  std::vector<std::string> features = {"gap"};
  std::string layout = "auto";    ///< as data::open_dataset
  std::string dtype = "float32";  ///< of the features on disk: "float32" or "float16"
  void describe(OptionVisitor& v);
};

/// What an extraction would do (plan_extract) or did (run_extract).
struct ExtractSummary {
  FeatureSource source;
  std::vector<int64_t> missing;  ///< rows that each column lacked before
  ExtractionReport report;
  double seconds_expected = 0.0;  ///< of a plan
  double bytes_expected = 0.0;    ///< of a plan
  double store_bytes = 0.0;
  std::filesystem::path output;
  nlohmann::json to_json() const;
};

/// Makes all checks and writes nothing.
ExtractSummary plan_extract(const ExtractOptions& options, Log& log, const StopSignal& stop);

/// Brings the store up to date with the data set, and writes the list of its pictures beside the
/// shards, as pictures.csv.
ExtractSummary run_extract(const ExtractOptions& options, Log& log, const StopSignal& stop);

}  // namespace strata::probes

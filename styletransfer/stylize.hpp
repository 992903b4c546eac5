#pragma once

#include "base/log.hpp"
#include "base/options.hpp"
#include "base/stop_signal.hpp"
#include "styletransfer/plan.hpp"
#include "styletransfer/setting.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::styletransfer {

struct StylizeOptions {
  std::string content;
  std::vector<std::string> styles;  ///< pictures or folders, each with an optional weight: a.jpg:2
  std::filesystem::path output;
  ObjectiveOptions objective;
  std::optional<int64_t> size;           ///< long side in pixels; absent: the preset's
  std::optional<int64_t> iterations;     ///< of the last scale; the others change along
  std::string protect;                   ///< a protect map's file; empty: none
  std::optional<std::string> optimizer;  ///< absent: the preset's
  std::string init;                      ///< empty: the preset's
  int64_t seed = 0;
  int64_t preview_every = 0;
  int64_t bits = 8;  ///< a channel of the output, 8 or 16
  bool no_metadata = false;
  void describe(OptionVisitor& v);
};

/// How a run went.
struct StylizeReport {
  /// The objective of the last scale at the picture as it was written; what `score` says
  /// about a lossless output.
  ObjectiveValue result;
  Size size;
  double seconds = 0.0;
  int64_t evaluations = 0;
  double peak_bytes = 0.0;  ///< RssAnon + RssShmem; on a GPU device memory
  int64_t seed = 0;
  /// Share of the pixels that `colour` had to bring into the gamut: of the output under luminance,
  /// of the style pictures where those were matched; absent with the style's colours.
  std::optional<double> clipped;
  std::filesystem::path output;
  nlohmann::json record;  ///< Setting::record
  nlohmann::json to_json() const;
};

/// What `run_stylize` would do; makes all of its checks.
StylizePlan plan_stylize(const StylizeOptions& options, Log& log);

/// Optimises a picture and writes it. Everything that can be wrong is found before the optimisation
/// starts; the output appears only when it is complete. Where the run ends early, the last good
/// picture is written as OUT.partial.png and named in the message:
///   Interrupted     the stop signal was raised;
///   NumericalError  the objective was not finite;
///   ResourceError   out of memory.
StylizeReport run_stylize(const StylizeOptions& options, Log& log, const StopSignal& stop);

/// "dir/pic.png", "partial" -> "dir/pic.partial.png".
std::filesystem::path beside(const std::filesystem::path& output, const std::string& what);

}  // namespace strata::styletransfer

#pragma once

#include "base/log.hpp"
#include "base/options.hpp"
#include "base/stop_signal.hpp"
#include "probes/choice.hpp"
#include "probes/source.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

namespace strata::probes {

struct GramOptions {
  std::vector<std::filesystem::path> inputs;  ///< pictures, folders of them, manifests; two or more
  NetworkChoice network;                      ///< taps empty: the card's layers for style
  ExtractionChoice extraction;
  std::filesystem::path npy;  ///< empty: none is written
  void describe(OptionVisitor& v);
};

/// Style distances between pictures or folders, layer by layer.
struct GramReport {
  std::vector<std::string> inputs;
  std::vector<int64_t> pictures;  ///< of each input
  std::vector<Tap> taps;
  at::Tensor distances;   ///< layers x inputs x inputs, float64
  nlohmann::json record;  ///< what made it
  nlohmann::json to_json() const;
};

/// |A - B|_F / ((|A|_F + |B|_F) / 2) of two second moments: the style distance of Gatys et al. 2016
/// without the layer's scale. Symmetric, 0 for equal ones, at most 2; 0 where both are zero.
double style_distance(const at::Tensor& a, const at::Tensor& b);

/// For each layer the second moment S = F F^T / N of each input, averaged over its pictures, and
/// the distances between them. Writes `npy` where it is named. Throws Interrupted.
GramReport run_gram(const GramOptions& options, Log& log, const StopSignal& stop);

}  // namespace strata::probes

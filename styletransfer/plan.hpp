#pragma once

#include "styletransfer/schedule.hpp"
#include "styletransfer/setting.hpp"

#include <cstdint>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace strata::styletransfer {

/// One scale with what it is expected to cost.
struct PlannedScale {
  Size size;
  Size style;  ///< the largest of the styles
  std::vector<Size> styles;
  int64_t iterations = 0;
  double multiply_adds = 0.0;  ///< of one evaluation: network forward and backward, statistics
  double memory_bytes = 0.0;   ///< peak of the whole process at this scale
};

/// What a run is going to do.
struct StylizePlan {
  std::vector<PlannedScale> scales;
  double multiply_adds = 0.0;  ///< of all iterations; a line search may take a tenth more
  double memory_bytes = 0.0;   ///< the largest of the scales
  double seconds = 0.0;        ///< from one evaluation that was timed; 0: none was
  nlohmann::json to_json() const;
};

/// Sizes, iterations and estimates of a run over `scales` for a content picture and styles of these
/// sizes. Coarse scales that are too small for the network are left out.
StylizePlan make_plan(const Setting& setting,
                      const std::vector<Scale>& scales,
                      Size content,
                      const std::vector<Size>& styles);

}  // namespace strata::styletransfer

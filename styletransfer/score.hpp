#pragma once

#include "base/log.hpp"
#include "styletransfer/setting.hpp"

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace strata::styletransfer {

struct ScoreOptions {
  std::string picture;  ///< the picture to judge
  std::string content;
  std::vector<std::string> styles;  ///< pictures or folders, each with an optional weight: a.jpg:2
  ObjectiveOptions objective;
  void describe(OptionVisitor& v);
};

struct ScoreReport {
  ObjectiveValue value;  ///< without gradient
  Size size;
  nlohmann::json record;  ///< what made it
  nlohmann::json to_json() const;
};

/// The objective of a preset at any picture, at the picture's own size: the content picture is
/// resized to it where it differs, the style picture as `style_size` says. Features in the
/// precision asked for, statistics and sums in float64.
ScoreReport run_score(const ScoreOptions& options, Log& log);

}  // namespace strata::styletransfer

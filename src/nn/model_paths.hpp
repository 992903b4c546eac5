#pragma once

#include <filesystem>
#include <vector>

namespace strata::nn {

/// Where cards and weights are looked for; the first folder that has a name wins.
struct ModelPaths {
  std::vector<std::filesystem::path> cards;
  std::vector<std::filesystem::path> weights;

  /// In this order, as far as they apply:
  /// * STRATA_CONFIGS and STRATA_WEIGHTS: folders separated by colons; cards lie in `networks`
  ///   inside one of STRATA_CONFIGS;
  /// * ../share/strata/configs and ../share/strata/weights beside the program's folder;
  /// * `configs` and `assets/weights` of the source tree the program was built from, and
  ///   `shared/data/weights` beside that tree;
  /// * weights only: strata/weights in the user's cache ($XDG_CACHE_HOME or ~/.cache), the last one
  ///   and the one that messages name.
  static ModelPaths standard();
};

}  // namespace strata::nn

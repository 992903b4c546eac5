#pragma once

#include <string>
#include <vector>

namespace strata::styletransfer {

/// `--colour`: whose colours the result has.
enum class ColourMode {
  style,      ///< the style's
  luminance,  ///< the content's chroma under the result's luma, see luminance.hpp
  // The others give the style picture the content's colours before the run.
  match_chol,  ///< linearly, see linear_match.hpp
  match_pca,
  match_sym,
  histogram,  ///< see histogram_match.hpp
};

/// "style", "match-chol" and so on.
std::vector<std::string> colour_mode_names();
/// Throws UsageError listing the names.
ColourMode colour_mode_from(const std::string& name);
std::string colour_mode_name(ColourMode mode);
/// Whether the style picture is changed before the run.
bool changes_style(ColourMode mode);

}  // namespace strata::styletransfer

#pragma once

#include "styletransfer/pictures.hpp"

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// One of several styles; shares add up to one.
struct StylePicture {
  SourcePicture source;
  double share = 1.0;
};

/// A style picture's file with its share.
struct StyleFile {
  std::string file;
  double share = 1.0;
};

/// Styles as they are named on the command line: a picture, or a folder whose pictures together
/// count as one style, with an optional weight, "a.jpg:2". A name that exists as it is wins over
/// reading a weight. Weights are divided by their sum. Throws UsageError for a weight that is not a
/// positive finite number, InputError for a folder without pictures.
std::vector<StyleFile> parse_styles(const std::vector<std::string>& texts);

/// Decodes them; none at all is a UsageError.
std::vector<StylePicture> load_styles(const std::vector<std::string>& texts, Log& log);

/// Where the statistics or the losses of several styles are added up.
enum class Blend {
  targets,  ///< one target from the mixed means and second moments: a style between the styles
  losses,   ///< a loss for each, weighted by its share: near all of them at once
};
std::vector<std::string> blend_names();
Blend blend_from(const std::string& name);
std::string blend_name(Blend blend);

}  // namespace strata::styletransfer

#include "styletransfer/colour/mode.hpp"

#include "base/enum_names.hpp"

namespace strata::styletransfer {
namespace {

const EnumNames<ColourMode>& modes() {
  static const EnumNames<ColourMode> names("colour:", {{"style", ColourMode::style},
                                                       {"luminance", ColourMode::luminance},
                                                       {"match-chol", ColourMode::match_chol},
                                                       {"match-pca", ColourMode::match_pca},
                                                       {"match-sym", ColourMode::match_sym},
                                                       {"histogram", ColourMode::histogram}});
  return names;
}

}  // namespace

std::vector<std::string> colour_mode_names() { return modes().names(); }
ColourMode colour_mode_from(const std::string& name) { return modes().value(name); }
std::string colour_mode_name(ColourMode mode) { return modes().name(mode); }

bool changes_style(ColourMode mode) {
  return mode != ColourMode::style && mode != ColourMode::luminance;
}

}  // namespace strata::styletransfer

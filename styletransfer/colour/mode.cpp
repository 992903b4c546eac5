#include "styletransfer/colour/mode.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

constexpr std::array<std::pair<std::string_view, ColourMode>, 6> kModes = {{
    {"style", ColourMode::style},
    {"luminance", ColourMode::luminance},
    {"match-chol", ColourMode::match_chol},
    {"match-pca", ColourMode::match_pca},
    {"match-sym", ColourMode::match_sym},
    {"histogram", ColourMode::histogram},
}};

}  // namespace

std::vector<std::string> colour_mode_names() {
  std::vector<std::string> names;
  for (const auto& [name, mode] : kModes) names.emplace_back(name);
  return names;
}

ColourMode colour_mode_from(const std::string& wanted) {
  for (const auto& [name, mode] : kModes) {
    if (name == wanted) return mode;
  }
  const auto names = colour_mode_names();
  throw UsageError(fmt::format("colour: \"{}\" is not one of {}{}", wanted, join(names),
                               did_you_mean(wanted, names)));
}

std::string colour_mode_name(ColourMode wanted) {
  for (const auto& [name, mode] : kModes) {
    if (mode == wanted) return std::string(name);
  }
  throw Fault("a colour mode without a name");
}

bool changes_style(ColourMode mode) {
  return mode != ColourMode::style && mode != ColourMode::luminance;
}

}  // namespace strata::styletransfer

#include "base/error.hpp"
#include "base/text.hpp"
#include "image/tensor.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace strata::image {
namespace {

constexpr std::array<std::pair<std::string_view, Interpolation>, 6> kInterpolations = {{
    {"nearest", Interpolation::nearest},
    {"bilinear", Interpolation::bilinear},
    {"bilinear-antialias", Interpolation::bilinear_antialias},
    {"bicubic", Interpolation::bicubic},
    {"bicubic-antialias", Interpolation::bicubic_antialias},
    {"area", Interpolation::area},
}};

constexpr std::array<std::pair<std::string_view, Fit>, 4> kFits = {
    {{"crop", Fit::crop}, {"pad", Fit::pad}, {"squash", Fit::squash}, {"none", Fit::none}}};

template <class Names>
auto lookup(const Names& names, const std::string& name, const char* key) {
  std::vector<std::string> known;
  for (const auto& [text, value] : names) {
    if (text == name) return value;
    known.emplace_back(text);
  }
  throw UsageError(fmt::format("{}: found '{}', expected one of {}{}", key, name, join(known),
                               did_you_mean(name, known)));
}

}  // namespace

Interpolation interpolation_from(const std::string& name) {
  return lookup(kInterpolations, name, "interpolation");
}

Fit fit_from(const std::string& name) { return lookup(kFits, name, "fit"); }

}  // namespace strata::image

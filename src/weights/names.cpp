#include "weights/names.hpp"

#include "base/text.hpp"
#include "weights/quote.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace strata::weights {
namespace {

constexpr std::array<std::string_view, 4> kWrappers = {"module.", "model.", "backbone.",
                                                       "_orig_mod."};
constexpr const char* kAverageCounter = "n_averaged";

bool begins_with(std::string_view name, std::string_view prefix) {
  return name.substr(0, prefix.size()) == prefix;
}

/// The items whose names begin with the prefix, without it.
template <class T>
std::map<std::string, T> without_prefix(const std::map<std::string, T>& items,
                                        std::string_view prefix) {
  std::map<std::string, T> kept;
  for (const auto& [name, item] : items) {
    if (begins_with(name, prefix)) kept.emplace(name.substr(prefix.size()), item);
  }
  return kept;
}

std::set<std::string> all_names(const StateDict& dict) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : dict.tensors) names.insert(name);
  for (const auto& [name, why] : dict.refused) names.insert(name);
  return names;
}

void take_off(StateDict& dict, std::string_view prefix) {
  dict.tensors = without_prefix(dict.tensors, prefix);
  dict.refused = without_prefix(dict.refused, prefix);
}

}  // namespace

bool keep_prefix(StateDict& dict, const std::string& prefix) {
  const std::string whole = prefix + ".";
  const std::set<std::string> names = all_names(dict);
  if (std::none_of(names.begin(), names.end(),
                   [&](const std::string& name) { return begins_with(name, whole); })) {
    return false;
  }
  take_off(dict, whole);
  dict.notes.push_back("names under " + printable(whole));
  return true;
}

void strip_common_prefixes(StateDict& dict) {
  for (bool found = true; found;) {
    found = false;
    std::set<std::string> names = all_names(dict);
    const bool averaged = names.erase(kAverageCounter) > 0;
    for (const std::string_view prefix : kWrappers) {
      const bool common =
          !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
            return begins_with(name, prefix) && name.size() > prefix.size();
          });
      if (!common) continue;
      take_off(dict, prefix);
      dict.notes.push_back("prefix " + std::string(prefix));
      if (averaged) dict.notes.push_back(std::string("without ") + kAverageCounter);
      found = true;
      break;
    }
  }
}

std::string first_parts(const StateDict& dict) {
  constexpr size_t kMost = 12;
  std::set<std::string> parts;
  for (const std::string& name : all_names(dict)) {
    parts.insert(printable(name.substr(0, name.find('.'))));
  }
  std::vector<std::string> shown(parts.begin(), parts.end());
  if (shown.size() > kMost) {
    shown.resize(kMost);
    shown.emplace_back("...");
  }
  return join(shown);
}

}  // namespace strata::weights

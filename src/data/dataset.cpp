#include "data/dataset.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "data/manifest.hpp"
#include "data/picture_folder.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace strata::data {
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kLayouts = {"auto", "class", "domain/class", "flat", "manifest"};

/// Maps old indices to new ones: those of `wanted` in `names`, or all where nothing is wanted.
struct Choice {
  std::vector<std::string> names;
  std::vector<int64_t> new_index;  ///< of each old one; -1: not wanted

  bool takes(int64_t old) const { return old < 0 || new_index[static_cast<size_t>(old)] >= 0; }
  int64_t renumbered(int64_t old) const {
    return old < 0 ? old : new_index[static_cast<size_t>(old)];
  }
};

/// For a message: data sets may have a thousand classes.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  if (names.size() <= kShown) return join(names);
  return fmt::format("{}, ... ({} in all)", join(std::span(names).first(kShown)), names.size());
}

Choice choose(const fs::path& root,
              const std::string& kind,
              const std::vector<std::string>& names,
              const std::vector<std::string>& wanted) {
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (names.empty()) {
      throw UsageError(fmt::format("{} {}: {} has none", kind, name, root.string()));
    }
    throw UsageError(fmt::format("{} {}: not in {}{}; expected one of {}", kind, name,
                                 root.string(), did_you_mean(name, names), some_of(names)));
  }
  Choice choice;
  for (const std::string& name : names) {
    const bool taken =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    choice.new_index.push_back(taken ? static_cast<int64_t>(choice.names.size()) : -1);
    if (taken) choice.names.push_back(name);
  }
  return choice;
}

}  // namespace

Dataset Dataset::filtered(const std::vector<std::string>& wanted_domains,
                          const std::vector<std::string>& wanted_classes) const {
  const Choice domain = choose(root, "domain", domains, wanted_domains);
  const Choice label = choose(root, "class", classes, wanted_classes);
  Dataset out{root, layout, label.names, domain.names, {}};
  for (const Item& item : items) {
    if (!domain.takes(item.domain) || !label.takes(item.label)) continue;
    out.items.push_back(item);
    out.items.back().domain = domain.renumbered(item.domain);
    out.items.back().label = label.renumbered(item.label);
  }
  if (out.items.empty()) {
    std::vector<std::string> wanted;
    if (!wanted_domains.empty()) wanted.push_back("domain " + join(wanted_domains, " or "));
    if (!wanted_classes.empty()) wanted.push_back("class " + join(wanted_classes, " or "));
    throw InputError(root, "holds no pictures of " + join(wanted, " and "));
  }
  return out;
}

Dataset open_dataset(const fs::path& root, const std::string& layout) {
  if (std::find(kLayouts.begin(), kLayouts.end(), layout) == kLayouts.end()) {
    throw UsageError(fmt::format("layout {}: unknown{}; expected one of {}", layout,
                                 did_you_mean(layout, kLayouts), join(kLayouts)));
  }
  std::error_code error;
  const fs::file_status status = fs::status(root, error);
  if (!fs::exists(status)) throw InputError(root, "no such file or folder");
  const bool folder = fs::is_directory(status);
  if (folder && layout == "manifest") {
    throw InputError(root, "is a folder, but layout manifest needs a CSV file");
  }
  if (!folder && layout != "manifest" && layout != "auto") {
    throw InputError(root, fmt::format("is a file, but layout {} needs a folder", layout));
  }
  Dataset dataset = folder ? open_picture_folder(root, layout) : open_manifest(root);
  std::sort(dataset.items.begin(), dataset.items.end(),
            [](const Item& a, const Item& b) { return a.name < b.name; });
  return dataset;
}

}  // namespace strata::data

#include "train/training_data.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "data/split.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

namespace strata::train {
namespace fs = std::filesystem;

namespace {

std::string last_part(const fs::path& path) {
  std::error_code ignored;
  const fs::path whole = fs::weakly_canonical(path, ignored);
  return fs::is_directory(whole, ignored) ? whole.filename().string() : whole.stem().string();
}

/// The pictures of several data sets as one; labels are indices into the union of the classes.
data::Dataset joined(std::vector<std::pair<std::string, data::Dataset>>&& parts) {
  data::Dataset all;
  std::set<std::string> classes;
  for (const auto& [prefix, part] : parts) classes.insert(part.classes.begin(), part.classes.end());
  all.classes.assign(classes.begin(), classes.end());
  all.layout = "several";
  for (auto& [prefix, part] : parts) {
    for (data::Item& item : part.items) {
      item.name = prefix + "/" + item.name;
      if (!item.group.empty()) item.group = prefix + "/" + item.group;
      item.domain = -1;
      if (item.label >= 0) {
        const std::string& name = part.classes[static_cast<size_t>(item.label)];
        item.label =
            std::lower_bound(all.classes.begin(), all.classes.end(), name) - all.classes.begin();
      }
      all.items.push_back(std::move(item));
    }
  }
  std::sort(all.items.begin(), all.items.end(),
            [](const data::Item& a, const data::Item& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(all.items.begin(), all.items.end(),
                         [](const data::Item& a, const data::Item& b) { return a.name == b.name; });
  if (twice != all.items.end()) {
    throw UsageError("data.paths: two pictures are called " + twice->name +
                     "; the last parts of the paths must differ");
  }
  return all;
}

std::set<std::string> names_in(const fs::path& list) {
  std::set<std::string> names;
  for (std::string line : split(read_text(list), '\n')) {
    if (!line.empty() && line.front() != '#') names.insert(line);
  }
  return names;
}

std::vector<bool> listed(const data::Dataset& pictures, const fs::path& list) {
  std::set<std::string> names = names_in(list);
  std::vector<bool> held_out;
  for (const data::Item& item : pictures.items) held_out.push_back(names.erase(item.name) > 0);
  if (!names.empty()) {
    throw UsageError(fmt::format(
        "data.held_out: {} of the pictures that {} names are not among the data, the first is {}",
        names.size(), list.string(), *names.begin()));
  }
  return held_out;
}

std::vector<bool> drawn(const data::Dataset& pictures, double share, int64_t seed) {
  data::SplitRows rows;
  for (const data::Item& item : pictures.items) {
    rows.labels.push_back(std::max<int64_t>(item.label, 0));
    rows.groups.push_back(item.group);
  }
  return data::stratified_holdout(rows, share, static_cast<uint64_t>(seed));
}

}  // namespace

TrainingData open_training_data(const DataChoice& choice, int64_t seed) {
  std::vector<std::pair<std::string, data::Dataset>> parts;
  for (const fs::path& path : choice.paths) {
    parts.emplace_back(last_part(path), data::open_dataset(path, choice.layout));
  }
  TrainingData data;
  data.pictures = joined(std::move(parts));
  data.pictures.root = choice.paths.front();
  const std::vector<bool> held_out = choice.held_out.empty()
                                         ? drawn(data.pictures, choice.held_out_share, seed)
                                         : listed(data.pictures, choice.held_out);
  Sha256 sha;
  for (size_t row = 0; row < data.pictures.items.size(); ++row) {
    const data::Item& item = data.pictures.items[row];
    (held_out[row] ? data.held_out : data.training).push_back(row);
    sha.update(fmt::format("{}\n{} {}\n", item.name, item.label, held_out[row] ? 1 : 0));
  }
  data.fingerprint = sha.hex();
  if (data.training.empty()) throw UsageError("data.held_out: no picture is left for training");
  if (data.held_out.empty()) throw UsageError("data.held_out: no picture is held out");
  return data;
}

}  // namespace strata::train

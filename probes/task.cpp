#include "probes/task.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "data/split.hpp"
#include "report/table.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace strata::probes {
namespace {

int64_t label_of(const data::Item& item, const Sweep& sweep) {
  return sweep.data.label == "domain" ? item.domain : item.label;
}

/// The labels in use, numbered anew: a class of the data set may have no picture in the domains
/// that were chosen.
void take_labels(ProbeTask& task, const Sweep& sweep, const PictureSet& pictures) {
  const data::Dataset& dataset = pictures.dataset;
  const bool by_domain = sweep.data.label == "domain";
  const std::vector<std::string>& names = by_domain ? dataset.domains : dataset.classes;
  std::set<int64_t> used;
  for (const size_t row : task.rows) {
    if (!names.empty() && label_of(dataset.items[row], sweep) < 0) {
      throw InputError(dataset.items[row].file, "has no " + sweep.data.label);
    }
    used.insert(label_of(dataset.items[row], sweep));
  }
  if (names.empty() || used.size() < 2) {
    throw UsageError(fmt::format(
        "data.label: {}, but {} (layout {}) has {} {}", sweep.data.label, sweep.data.path.string(),
        dataset.layout, names.empty() ? "no" : "only one", by_domain ? "domains" : "classes"));
  }
  std::map<int64_t, int64_t> number;
  for (const int64_t label : used) {
    number[label] = static_cast<int64_t>(task.classes.size());
    task.classes.push_back(names[static_cast<size_t>(label)]);
  }
  for (const size_t row : task.rows) {
    const data::Item& item = dataset.items[row];
    task.labels.push_back(number.at(label_of(item, sweep)));
    task.names.push_back(item.name);
    task.sha256.push_back(pictures.sha256[row]);
  }
}

/// Pictures with equal bytes are one group where the data set does not say otherwise.
std::vector<std::string> groups_of(const ProbeTask& task, const PictureSet& pictures, Log& log) {
  std::vector<std::string> groups;
  std::map<std::string, size_t> first;
  size_t copies = 0;
  std::string example;
  for (size_t i = 0; i < task.rows.size(); ++i) {
    const std::string& named = pictures.dataset.items[task.rows[i]].group;
    groups.push_back(named.empty() ? task.sha256[i] : named);
    const auto [known, is_new] = first.emplace(task.sha256[i], i);
    if (is_new) continue;
    if (copies++ == 0) example = task.names[known->second] + " and " + task.names[i];
  }
  if (copies > 0) {
    log.warn(
        fmt::format("{} pictures are copies of others ({}{}); copies stay on one side of "
                    "every split",
                    copies, example, copies > 1 ? ", ..." : ""));
  }
  return groups;
}

void check_class_sizes(const ProbeTask& task,
                       const std::vector<std::string>& groups,
                       int64_t folds) {
  std::vector<std::set<std::string>> groups_of_class(task.classes.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    if (!task.test[i]) groups_of_class[static_cast<size_t>(task.labels[i])].insert(groups[i]);
  }
  for (size_t c = 0; c < task.classes.size(); ++c) {
    const size_t count = groups_of_class[c].size();
    if (static_cast<int64_t>(count) >= folds) continue;
    throw UsageError(
        fmt::format("probe.folds: {} folds, but '{}' has only {} different pictures "
                    "to divide",
                    folds, task.classes[c], count));
  }
}

data::SplitRows training_rows(const ProbeTask& task, const std::vector<std::string>& groups) {
  data::SplitRows rows;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (task.test[i]) continue;
    rows.labels.push_back(task.labels[i]);
    rows.groups.push_back(groups[i]);
  }
  return rows;
}

}  // namespace

std::string ProbeTask::hash() const {
  const nlohmann::json all = {{"classes", classes},
                              {"sha256", sha256},
                              {"labels", labels},
                              {"test", test},
                              {"folds", folds}};
  return sha256_hex(all.dump());
}

ProbeTask ProbeTask::restricted(const std::vector<size_t>& keep) const {
  ProbeTask task = *this;
  const auto take = [&](auto& values, const auto& from) {
    values.clear();
    for (const size_t i : keep) values.push_back(from[i]);
  };
  take(task.rows, rows);
  take(task.names, names);
  take(task.sha256, sha256);
  take(task.labels, labels);
  take(task.test, test);
  for (size_t repeat = 0; repeat < folds.size(); ++repeat) {
    take(task.folds[repeat], folds[repeat]);
  }
  return task;
}

ProbeTask make_task(const Sweep& sweep, const PictureSet& pictures, Log& log) {
  ProbeTask task;
  for (size_t row = 0; row < pictures.size(); ++row) {
    if (!pictures.sha256[row].empty()) task.rows.push_back(row);
  }
  task.fold_count = sweep.probe.folds;
  take_labels(task, sweep, pictures);
  const std::vector<std::string> groups = groups_of(task, pictures, log);
  const auto seed = static_cast<uint64_t>(sweep.seed);

  task.test.assign(task.rows.size(), false);
  if (sweep.test > 0) {
    task.test = data::stratified_holdout({task.labels, groups}, sweep.test, seed);
  }
  check_class_sizes(task, groups, task.fold_count);
  for (int64_t repeat = 0; repeat < sweep.probe.repeats; ++repeat) {
    const std::vector<int64_t> training = data::stratified_folds(
        training_rows(task, groups), task.fold_count, seed + static_cast<uint64_t>(repeat));
    std::vector<int64_t>& folds = task.folds.emplace_back(task.rows.size(), -1);
    size_t next = 0;
    for (size_t i = 0; i < folds.size(); ++i) {
      if (!task.test[i]) folds[i] = training[next++];
    }
  }

  std::vector<double> sizes(task.classes.size(), 0.0);
  for (const int64_t label : task.labels) sizes[static_cast<size_t>(label)] += 1;
  task.chance =
      *std::max_element(sizes.begin(), sizes.end()) / static_cast<double>(task.rows.size());
  return task;
}

void write_task(const std::filesystem::path& file, const ProbeTask& task) {
  std::vector<report::Column> columns = {{"schema"}, {"picture"}, {"sha256"}, {"label"}, {"test"}};
  for (size_t repeat = 0; repeat < task.folds.size(); ++repeat) {
    columns.push_back({fmt::format("fold_{}", repeat)});
  }
  report::Table table(columns);
  for (size_t i = 0; i < task.rows.size(); ++i) {
    std::vector<std::string> row = {"1", task.names[i], task.sha256[i],
                                    task.classes[static_cast<size_t>(task.labels[i])],
                                    task.test[i] ? "1" : "0"};
    for (const auto& folds : task.folds) row.push_back(std::to_string(folds[i]));
    table.add(std::move(row));
  }
  write_file(file, table.csv());
}

}  // namespace strata::probes

#include "data/split.hpp"

#include "base/error.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace strata::data {
namespace {

/// Rows that stay together.
struct Group {
  std::vector<size_t> rows;
  std::map<size_t, int64_t> classes;  ///< index into Groups::labels -> rows of that class
};

struct Groups {
  std::vector<int64_t> labels;  ///< the distinct ones, ascending
  std::vector<int64_t> sizes;   ///< rows of each class
  std::vector<int64_t> counts;  ///< groups that each class lies in
  std::vector<Group> groups;    ///< in order of their first rows
};

Groups gather(const SplitRows& rows) {
  const size_t n = rows.labels.size();
  STRATA_CHECK(rows.groups.empty() || rows.groups.size() == n, "a group for each row, or none");
  Groups all;
  all.labels = rows.labels;
  std::sort(all.labels.begin(), all.labels.end());
  all.labels.erase(std::unique(all.labels.begin(), all.labels.end()), all.labels.end());
  all.sizes.assign(all.labels.size(), 0);
  all.counts.assign(all.labels.size(), 0);

  std::map<std::string, size_t> index_of;
  for (size_t row = 0; row < n; ++row) {
    size_t index = all.groups.size();
    if (!rows.groups.empty() && !rows.groups[row].empty()) {
      index = index_of.emplace(rows.groups[row], index).first->second;
    }
    if (index == all.groups.size()) all.groups.emplace_back();
    const auto label = static_cast<size_t>(
        std::lower_bound(all.labels.begin(), all.labels.end(), rows.labels[row]) -
        all.labels.begin());
    all.groups[index].rows.push_back(row);
    if (++all.groups[index].classes[label] == 1) ++all.counts[label];
    ++all.sizes[label];
  }
  return all;
}

/// What lies in one fold so far.
class Fold {
 public:
  explicit Fold(const Groups& all) : all_(all), class_rows_(all.labels.size(), 0) {}

  /// By how much the sum over folds and classes of (rows of the class)^2, each class relative to
  /// its size, would grow with the group, up to what is the same for all folds; then the fold's
  /// size. Without a product inside a sum, which some compilers contract, so that every machine
  /// takes the same fold.
  std::pair<double, size_t> cost(const Group& group) const {
    double sum = 0;
    for (const auto& [k, count] : group.classes) {
      sum += static_cast<double>(count * class_rows_[k]) / static_cast<double>(all_.sizes[k]);
    }
    return {sum, rows_};
  }
  void add(const Group& group) {
    for (const auto& [k, count] : group.classes) class_rows_[k] += count;
    rows_ += group.rows.size();
  }

 private:
  const Groups& all_;
  std::vector<int64_t> class_rows_;
  size_t rows_ = 0;
};

/// Where the test part stands: rows of each class in it and wanted in it.
class Holdout {
 public:
  Holdout(const Groups& all, double fraction) : all_(all), taken_(all.groups.size(), false) {
    for (size_t k = 0; k < all.labels.size(); ++k) {
      const auto nearest =
          static_cast<int64_t>(std::llround(fraction * static_cast<double>(all.sizes[k])));
      wanted_.push_back(std::clamp<int64_t>(nearest, 1, all.sizes[k] - 1));
    }
    rows_.assign(all.labels.size(), 0);
  }

  /// By how much the squared distance to what is wanted, each class relative to its size, falls
  /// when the group changes sides.
  double gain(size_t group) const {
    double gain = 0;
    for (const auto& [k, count] : all_.groups[group].classes) {
      const auto before = static_cast<double>(wanted_[k] - rows_[k]);
      const double after = before + static_cast<double>(taken_[group] ? count : -count);
      gain += (before * before - after * after) / static_cast<double>(all_.sizes[k]);
    }
    return gain;
  }
  void change_side(size_t group) {
    taken_[group] = !taken_[group];
    for (const auto& [k, count] : all_.groups[group].classes) {
      rows_[k] += taken_[group] ? count : -count;
    }
  }
  bool taken(size_t group) const { return taken_[group]; }
  bool lacks(size_t k) const { return rows_[k] == 0; }
  bool has_all(size_t k) const { return rows_[k] == all_.sizes[k]; }

 private:
  const Groups& all_;
  std::vector<bool> taken_;
  std::vector<int64_t> rows_, wanted_;
};

/// A class with rows on one side only gets the group that does least harm moved over.
void mend(const Groups& all, const std::vector<size_t>& order, size_t k, Holdout& holdout) {
  if (!holdout.lacks(k) && !holdout.has_all(k)) return;
  const size_t* best = nullptr;
  for (const size_t& group : order) {
    if (!all.groups[group].classes.contains(k)) continue;
    if (best == nullptr || holdout.gain(group) > holdout.gain(*best)) best = &group;
  }
  holdout.change_side(*best);
}

std::vector<size_t> shuffled_order(size_t n, uint64_t seed, const char* stream) {
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i) order[i] = i;
  Random random(seed, stream);
  random.shuffle(std::span(order));
  return order;
}

}  // namespace

std::vector<int64_t> stratified_folds(const SplitRows& rows, int64_t folds, uint64_t seed) {
  if (folds < 2) throw UsageError(fmt::format("folds: {}; expected at least 2", folds));
  const Groups all = gather(rows);
  for (size_t k = 0; k < all.labels.size(); ++k) {
    if (all.counts[k] >= folds) continue;
    throw UsageError(fmt::format(
        "class {} has {} groups of pictures (a picture without a group counts as one), fewer than "
        "the {} folds; take fewer folds or add pictures",
        all.labels[k], all.counts[k], folds));
  }

  std::vector<size_t> order = shuffled_order(all.groups.size(), seed, "folds");
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return all.groups[a].rows.size() > all.groups[b].rows.size();
  });
  std::vector<Fold> parts(static_cast<size_t>(folds), Fold(all));
  std::vector<int64_t> fold_of(rows.labels.size());
  for (const size_t g : order) {
    const Group& group = all.groups[g];
    const auto best = std::min_element(
        parts.begin(), parts.end(),
        [&](const Fold& a, const Fold& b) { return a.cost(group) < b.cost(group); });
    best->add(group);
    for (const size_t row : group.rows) fold_of[row] = best - parts.begin();
  }
  return fold_of;
}

std::vector<bool> stratified_holdout(const SplitRows& rows, double fraction, uint64_t seed) {
  if (!(fraction > 0 && fraction < 1)) {
    throw UsageError(fmt::format("test fraction: {}; expected more than 0, less than 1", fraction));
  }
  const Groups all = gather(rows);
  for (size_t k = 0; k < all.labels.size(); ++k) {
    if (all.counts[k] >= 2) continue;
    throw UsageError(fmt::format(
        "class {} has one group of pictures only (a picture without a group counts as one); two "
        "are needed for a test part",
        all.labels[k]));
  }

  // In random order, not the largest first: else the largest groups would always be tested on.
  const std::vector<size_t> order = shuffled_order(all.groups.size(), seed, "holdout");
  Holdout holdout(all, fraction);
  for (const size_t group : order) {
    if (holdout.gain(group) > 0) holdout.change_side(group);
  }
  for (size_t k = 0; k < all.labels.size(); ++k) mend(all, order, k, holdout);
  for (size_t k = 0; k < all.labels.size(); ++k) {
    if (!holdout.lacks(k) && !holdout.has_all(k)) continue;
    throw UsageError(fmt::format(
        "class {} has only groups that hold other classes too, and they cannot be divided into a "
        "training and a test part that both have every class",
        all.labels[k]));
  }

  std::vector<bool> test(rows.labels.size(), false);
  for (size_t g = 0; g < all.groups.size(); ++g) {
    for (const size_t row : all.groups[g].rows) test[row] = holdout.taken(g);
  }
  return test;
}

}  // namespace strata::data

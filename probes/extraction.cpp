#include "probes/extraction.hpp"

#include "base/error.hpp"
#include "data/loader.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_set>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

namespace strata::probes {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A network that computes the features of some columns, each tap as soon as it is there.
class Extractor {
 public:
  Extractor(const FeatureSource& source, const std::vector<FeatureColumn>& columns)
      : source_(source), taps_(taps(columns)), plan_(plan()) {
    for (const FeatureColumn& column : columns) {
      const auto tap = std::find(taps_.begin(), taps_.end(), column.tap.node) - taps_.begin();
      columns_at_[static_cast<size_t>(tap)].push_back(maps_.size());
      maps_.emplace_back(column.feature, column.tap.channels());
    }
  }

  /// n x 3 x H x W, RGB in [0, 1] -> n x dims for each column.
  std::vector<at::Tensor> operator()(const at::Tensor& rgb_nchw_01) {
    const c10::InferenceMode inference;
    std::vector<at::Tensor> features(maps_.size());
    const at::Tensor input =
        nn::preprocess(rgb_nchw_01.to(source_.policy.device), source_.network->card.input);
    plan_.run(input, [&](size_t tap, const at::Tensor& layer) {
      for (const size_t column : columns_at_[tap]) features[column] = maps_[column](layer);
    });
    return features;
  }

 private:
  static std::vector<nn::NodeId> taps(const std::vector<FeatureColumn>& columns) {
    std::vector<nn::NodeId> nodes;
    for (const FeatureColumn& column : columns) nodes.push_back(column.tap.node);
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    return nodes;
  }
  nn::InferencePlan plan() const {
    return {source_.network->graph, source_.network->parameters, taps_, source_.policy};
  }

  const FeatureSource& source_;
  std::vector<nn::NodeId> taps_;
  nn::InferencePlan plan_;
  std::vector<FeatureMap> maps_;
  std::map<size_t, std::vector<size_t>> columns_at_;
};

/// Rows that wait to be appended to the store together.
class Buffer {
 public:
  Buffer(ActivationStore& store, std::vector<FeatureKey> keys)
      : store_(store), keys_(std::move(keys)), parts_(keys_.size()) {}

  void add(const std::vector<std::string>& pictures, const std::vector<at::Tensor>& features) {
    pictures_.insert(pictures_.end(), pictures.begin(), pictures.end());
    for (size_t i = 0; i < features.size(); ++i) {
      bytes_ += static_cast<double>(features[i].nbytes());
      parts_[i].push_back(features[i]);
    }
    // Often enough that a killed run loses little, seldom enough that shards are few.
    if (bytes_ > kMostBytes || seconds_since(start_) > kMostSeconds) flush();
  }

  void flush() {
    if (!pictures_.empty()) {
      const c10::InferenceMode inference;
      std::vector<at::Tensor> features;
      for (std::vector<at::Tensor>& part : parts_) {
        features.push_back(at::cat(part));
        part.clear();
      }
      store_.append(pictures_, keys_, features);
    }
    pictures_.clear();
    bytes_ = 0;
    start_ = Clock::now();
  }

 private:
  static constexpr double kMostBytes = 256e6;
  static constexpr double kMostSeconds = 60;

  ActivationStore& store_;
  std::vector<FeatureKey> keys_;
  std::vector<std::vector<at::Tensor>> parts_;
  std::vector<std::string> pictures_;
  double bytes_ = 0;
  Clock::time_point start_ = Clock::now();
};

/// Pictures that lack the same columns, and go through the network together.
struct Group {
  std::vector<FeatureColumn> columns;
  std::vector<size_t> rows;  // of the data set; of pictures with equal bytes only the first
};

std::vector<Group> missing_groups(const std::vector<FeatureColumn>& columns,
                                  const PictureSet& pictures,
                                  const ActivationStore& store) {
  std::vector<std::vector<size_t>> lacking(pictures.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    for (const size_t row : store.missing(columns[c].key, pictures.sha256)) {
      lacking[row].push_back(c);
    }
  }
  std::map<std::vector<size_t>, std::vector<size_t>> rows_by_columns;
  std::unordered_set<std::string_view> seen;
  for (size_t row = 0; row < pictures.size(); ++row) {
    if (lacking[row].empty()) continue;
    const std::string& sha = pictures.sha256[row];
    if (sha.empty() || seen.insert(sha).second) rows_by_columns[lacking[row]].push_back(row);
  }
  std::vector<Group> groups;
  for (const auto& [lacked, rows] : rows_by_columns) {
    Group group;
    for (const size_t c : lacked) group.columns.push_back(columns[c]);
    group.rows = rows;
    groups.push_back(std::move(group));
  }
  return groups;
}

size_t count_rows(const std::vector<Group>& groups) {
  size_t count = 0;
  for (const Group& group : groups) count += group.rows.size();
  return count;
}

/// `max_bad` is meant of the whole data set, whatever of it is left to do; of several pictures one
/// may always be broken.
data::LoaderOptions loader_options(const FeatureSource& source, size_t all, size_t left) {
  data::LoaderOptions options = probes::loader_options(source);
  const double allowed = std::max(options.max_bad * static_cast<double>(all), all > 1 ? 1.0 : 0.0);
  options.max_bad = std::min(1.0, allowed / static_cast<double>(left));
  return options;
}

std::vector<FeatureKey> keys_of(const std::vector<FeatureColumn>& columns) {
  std::vector<FeatureKey> keys;
  for (const FeatureColumn& column : columns) keys.push_back(column.key);
  return keys;
}

[[noreturn]] void interrupted(const StopSignal& stop,
                              int64_t done,
                              size_t all,
                              const ActivationStore& store) {
  throw Interrupted(stop.signal(),
                    fmt::format("stopped after {} of {} pictures; their features are kept in {}, "
                                "and the same command goes on from there",
                                done, all, store.folder().string()));
}

}  // namespace

double ExtractionReport::pictures_per_second() const {
  return seconds > 0 ? static_cast<double>(computed) / seconds : 0.0;
}

void ExtractionReport::add(const ExtractionReport& other) {
  pictures = std::max(pictures, other.pictures);
  broken = std::max(broken, other.broken);
  computed += other.computed;
  seconds += other.seconds;
}

ExtractionReport extract_missing(const FeatureSource& source,
                                 const std::vector<FeatureColumn>& columns,
                                 const PictureSet& pictures,
                                 ActivationStore& store,
                                 Log& log,
                                 const StopSignal& stop) {
  const auto start = Clock::now();
  ExtractionReport report;
  report.pictures = static_cast<int64_t>(pictures.size());
  const std::vector<Group> groups = missing_groups(columns, pictures, store);
  const size_t all = count_rows(groups);
  if (all == 0) return report;

  Progress progress(log, source.network->card.name + ": features", static_cast<int64_t>(all));
  for (const Group& group : groups) {
    Extractor extract(source, group.columns);
    Buffer buffer(store, keys_of(group.columns));
    data::Loader loader(pictures.dataset, group.rows,
                        loader_options(source, pictures.size(), group.rows.size()), log);
    try {
      while (const std::optional<data::Batch> batch = loader.next()) {
        buffer.add(batch->sha256, extract(batch->rgb_nchw_01));
        report.computed += static_cast<int64_t>(batch->rows.size());
        progress.update(report.computed);
        if (stop.requested()) interrupted(stop, report.computed, all, store);
      }
    } catch (...) {
      buffer.flush();
      throw;
    }
    buffer.flush();
    report.broken += static_cast<int64_t>(loader.broken().size());
  }
  report.seconds = seconds_since(start);
  return report;
}

std::vector<size_t> usable_rows(const std::vector<FeatureColumn>& columns,
                                const PictureSet& pictures,
                                const ActivationStore& store) {
  std::vector<bool> usable(pictures.size(), true);
  for (const FeatureColumn& column : columns) {
    for (const size_t row : store.missing(column.key, pictures.sha256)) usable[row] = false;
  }
  std::vector<size_t> rows;
  for (size_t row = 0; row < usable.size(); ++row) {
    if (usable[row]) rows.push_back(row);
  }
  return rows;
}

double seconds_per_picture(const FeatureSource& source, const std::vector<FeatureColumn>& columns) {
  Extractor extract(source, columns);
  const int64_t n = std::min<int64_t>(source.batch, 4);
  const at::Tensor noise = at::rand({n, 3, source.fit.size, source.fit.size});
  extract(noise.slice(0, 0, 1));  // the first pass also prepares
  const auto start = Clock::now();
  extract(noise);
  return seconds_since(start) / static_cast<double>(n);
}

}  // namespace strata::probes

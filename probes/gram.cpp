#include "probes/gram.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/version.hpp"
#include "data/dataset.hpp"
#include "data/loader.hpp"
#include "nn/plan.hpp"
#include "probes/npy.hpp"
#include "stats/moments.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

namespace strata::probes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// A picture alone as a data set of one, anything else as its layout says.
data::Dataset open_input(const fs::path& input) {
  std::error_code ignored;
  const std::string ending = input.extension().string();
  if (fs::is_directory(input, ignored) || ending == ".csv") return data::open_dataset(input);
  if (!fs::exists(input, ignored)) throw InputError(input, "no such file or folder");
  data::Dataset one;
  one.root = input.parent_path();
  one.layout = "flat";
  data::Item item;
  item.file = input;
  item.name = input.filename().string();
  one.items.push_back(item);
  return one;
}

std::vector<nn::NodeId> nodes_of(const std::vector<FeatureColumn>& columns) {
  std::vector<nn::NodeId> nodes;
  for (const FeatureColumn& column : columns) nodes.push_back(column.tap.node);
  return nodes;
}

/// The moments of one input at each tap. All pictures have the same number of positions, so the
/// moment over all positions is the mean of the pictures' own.
std::vector<stats::ChannelMoments> moments_of(const FeatureSource& source,
                                              const nn::InferencePlan& plan,
                                              const data::Dataset& dataset,
                                              Log& log,
                                              const StopSignal& stop) {
  std::vector<size_t> rows(dataset.items.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  data::Loader loader(dataset, rows, loader_options(source), log);
  Progress progress(log, dataset.items.size() == 1 ? dataset.items[0].name : dataset.root.string(),
                    static_cast<int64_t>(rows.size()));
  std::vector<stats::ChannelMoments> moments(source.columns.size());
  int64_t done = 0;
  while (const std::optional<data::Batch> batch = loader.next()) {
    const c10::InferenceMode inference;
    plan.run(
        nn::preprocess(batch->rgb_nchw_01.to(source.policy.device), source.network->card.input),
        [&](size_t tap, const at::Tensor& layer) { moments[tap].add(layer); });
    progress.update(done += static_cast<int64_t>(batch->rows.size()));
    if (stop.requested()) throw Interrupted(stop.signal(), "stopped; nothing was written");
  }
  return moments;
}

}  // namespace

void GramOptions::describe(OptionVisitor& v) {
  network.describe(v);
  extraction.describe(v);
}

double style_distance(const at::Tensor& a, const at::Tensor& b) {
  const double scale = (a.norm().item<double>() + b.norm().item<double>()) / 2;
  return scale == 0 ? 0.0 : (a - b).norm().item<double>() / scale;
}

GramReport run_gram(const GramOptions& options, Log& log, const StopSignal& stop) {
  if (options.inputs.size() < 2) {
    throw UsageError("gram: expected two or more pictures or folders to compare");
  }
  if (!options.npy.empty()) check_writable(options.npy);
  std::vector<data::Dataset> datasets;
  for (const fs::path& input : options.inputs) datasets.push_back(open_input(input));
  const FeatureSource source = open_source(options.network, {feature_from("gram")},
                                           options.extraction, log, CardLayers::style);

  const nn::InferencePlan plan(source.network->graph, source.network->parameters,
                               nodes_of(source.columns), source.policy);
  GramReport report;
  std::vector<std::vector<at::Tensor>> second_moments;  // input, layer
  for (size_t i = 0; i < datasets.size(); ++i) {
    report.inputs.push_back(options.inputs[i].string());
    report.pictures.push_back(static_cast<int64_t>(datasets[i].items.size()));
    std::vector<at::Tensor>& mine = second_moments.emplace_back();
    for (const auto& moments : moments_of(source, plan, datasets[i], log, stop)) {
      mine.push_back(moments.second_moment());
    }
  }

  const auto n = static_cast<int64_t>(datasets.size());
  const auto layer_count = static_cast<int64_t>(source.columns.size());
  report.distances = at::zeros({layer_count, n, n}, at::kDouble);
  auto distances = report.distances.accessor<double, 3>();
  for (int64_t l = 0; l < layer_count; ++l) {
    report.taps.push_back(source.columns[static_cast<size_t>(l)].tap);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < i; ++j) {
        const auto layer = static_cast<size_t>(l);
        distances[l][i][j] = distances[l][j][i] =
            style_distance(second_moments[static_cast<size_t>(i)][layer],
                           second_moments[static_cast<size_t>(j)][layer]);
      }
    }
  }
  report.record = source.record();
  if (!options.npy.empty()) write_npy(options.npy, report.distances);
  return report;
}

json GramReport::to_json() const {
  json layers = json::array();
  const auto values = distances.accessor<double, 3>();
  for (size_t l = 0; l < taps.size(); ++l) {
    json matrix = json::array();
    for (int64_t i = 0; i < values.size(1); ++i) {
      json row = json::array();
      for (int64_t j = 0; j < values.size(2); ++j) {
        row.push_back(values[static_cast<int64_t>(l)][i][j]);
      }
      matrix.push_back(row);
    }
    layers.push_back({{"tap", taps[l].title},
                      {"name", taps[l].name},
                      {"depth", taps[l].depth},
                      {"distances", matrix}});
  }
  json all = record;
  all["version"] = version();
  all["inputs"] = inputs;
  all["pictures"] = pictures;
  all["layers"] = layers;
  return all;
}

}  // namespace strata::probes

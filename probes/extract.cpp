#include "probes/extract.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/version.hpp"

#include <algorithm>
#include <utility>

namespace strata::probes {
using nlohmann::json;

namespace {

/// An extraction, checked and ready.
struct Job {
  ActivationStore store;
  PictureSet pictures;
  ExtractSummary summary;
};

void check_output(const std::filesystem::path& output) {
  if (output.empty()) throw UsageError("output: no folder was named (-o DIR)");
  check_writable_folder(output);
}

Job prepare(const ExtractOptions& options, Log& log, const StopSignal& stop) {
  const std::vector<Feature> features = features_from(options.features);
  ActivationStore store(options.output, log);
  data::Dataset dataset = data::open_dataset(options.dataset, options.layout);
  ExtractSummary summary;
  summary.output = options.output;
  summary.source = open_source(options.network, features, options.extraction, log);
  set_keys(summary.source, options.dtype);
  PictureSet pictures = hash_pictures(std::move(dataset), stop);
  for (const FeatureColumn& column : summary.source.columns) {
    const size_t missing = store.missing(column.key, pictures.sha256).size();
    summary.missing.push_back(static_cast<int64_t>(missing));
  }
  summary.report.pictures = static_cast<int64_t>(pictures.size());
  return {std::move(store), std::move(pictures), std::move(summary)};
}

}  // namespace

void ExtractOptions::describe(OptionVisitor& v) {
  network.describe(v);
  v.option({.key = "features",
            .help = "gap (mean over positions), gram (second moment of the channels), gram:M (in "
                    "at most M dims)",
            .value = "NAME"},
           features);
  v.option({.key = "layout",
            .help = "of the data set",
            .value = "NAME",
            .allowed = {"auto", "class", "domain/class", "flat", "manifest"}},
           layout);
  v.option({.key = "dtype",
            .help = "of the features on disk",
            .value = "TYPE",
            .allowed = {"float32", "float16"}},
           dtype);
  extraction.describe(v);
}

ExtractSummary plan_extract(const ExtractOptions& options, Log& log, const StopSignal& stop) {
  Job job = prepare(options, log, stop);
  ExtractSummary& summary = job.summary;
  const auto& columns = summary.source.columns;
  for (size_t c = 0; c < columns.size(); ++c) {
    summary.bytes_expected += static_cast<double>(summary.missing[c] * columns[c].key.dims) *
                              static_cast<double>(at::elementSize(columns[c].key.dtype));
  }
  const int64_t most = *std::max_element(summary.missing.begin(), summary.missing.end());
  if (most > 0) {
    summary.seconds_expected =
        static_cast<double>(most) * seconds_per_picture(summary.source, columns);
  }
  summary.store_bytes = job.store.bytes();
  return std::move(job.summary);
}

ExtractSummary run_extract(const ExtractOptions& options, Log& log, const StopSignal& stop) {
  check_output(options.output);
  Job job = prepare(options, log, stop);
  ExtractSummary& summary = job.summary;
  summary.report =
      extract_missing(summary.source, summary.source.columns, job.pictures, job.store, log, stop);
  write_picture_list(options.output / "pictures.csv", job.pictures);
  summary.store_bytes = job.store.bytes();
  return std::move(job.summary);
}

json ExtractSummary::to_json() const {
  json columns = json::array();
  for (size_t c = 0; c < source.columns.size(); ++c) {
    const FeatureColumn& column = source.columns[c];
    columns.push_back({{"tap", column.tap.title},
                       {"name", column.tap.name},
                       {"depth", column.tap.depth},
                       {"feature", column.feature.name},
                       {"definition", definition(column.feature, column.tap.channels())},
                       {"dims", column.key.dims},
                       {"missing", missing[c]},
                       {"key", column.key.hash}});
  }
  json all = source.record();
  all["version"] = version();
  all["output"] = output.string();
  all["columns"] = columns;
  all["pictures"] = report.pictures;
  all["computed"] = report.computed;
  all["broken"] = report.broken;
  all["seconds"] = report.seconds;
  all["pictures_per_second"] = report.pictures_per_second();
  all["seconds_expected"] = seconds_expected;
  all["bytes_expected"] = bytes_expected;
  all["store_bytes"] = store_bytes;
  return all;
}

}  // namespace strata::probes

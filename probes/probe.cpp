#include "probes/probe.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "nn/device.hpp"
#include "probes/depth_plot.hpp"
#include "probes/tables.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <ATen/Parallel.h>
#include <fmt/format.h>

namespace strata::probes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One cell of the sweep: where its features come from, and what it found once it is done.
struct Job {
  FeatureColumn column;
  std::string hash;
  Cell cell;
  bool done = false;
  std::string title() const {
    return fmt::format("{}, {}, {}", cell.network, cell.tap, cell.feature);
  }
};

/// A network of the sweep with its cells.
struct NetworkJobs {
  FeatureSource source;
  std::vector<Job> jobs;
};

/// A sweep, checked and ready.
struct Run {
  Log& log;
  const StopSignal& stop;
  const Sweep& sweep;
  fs::path output;
  PictureSet pictures;
  ProbeTask task;
  ActivationStore store;
  std::vector<NetworkJobs> networks;

  fs::path cells() const { return output / "cells"; }
  size_t count(bool done) const {
    size_t n = 0;
    for (const NetworkJobs& network : networks) {
      for (const Job& job : network.jobs) n += job.done == done ? 1 : 0;
    }
    return n;
  }
};

// ---- preparation --------------------------------------------------------------------------------

std::string title_of(const nn::NetworkRequest& request, const FeatureSource& source) {
  const std::string& card = source.network->card.name;
  if (request.weights.empty()) return card;
  return fmt::format("{} ({})", card, fs::path(request.weights).filename().string());
}

Cell blank_cell(const FeatureColumn& column, const std::string& network, const ProbeTask& task) {
  Cell cell;
  cell.network = network;
  cell.tap = column.tap.title;
  cell.name = column.tap.name;
  cell.depth = column.tap.depth;
  cell.channels = column.tap.channels();
  cell.feature = column.feature.name;
  cell.definition = definition(column.feature, column.tap.channels());
  cell.dims = column.key.dims;
  cell.classes = static_cast<int64_t>(task.classes.size());
  cell.chance = task.chance;
  return cell;
}

std::vector<Job> jobs_of(const FeatureSource& source, const std::string& network, const Run& run) {
  std::vector<Job> jobs;
  const std::string task_hash = run.task.hash();
  for (const FeatureColumn& column : source.columns) {
    Job job{column, cell_hash(column, task_hash, run.sweep.probe),
            blank_cell(column, network, run.task), false};
    const bool same_tap = !jobs.empty() && jobs.back().column.tap.node == column.tap.node;
    job.cell.order = jobs.empty() ? 0 : jobs.back().cell.order + (same_tap ? 0 : 1);
    if (auto known = read_cell(run.cells(), job.hash, run.log)) {
      job.cell.fit = std::move(known->fit);
      job.cell.seconds = known->seconds;
      job.done = true;
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Run prepare(const ProbeOptions& options, Log& log, const StopSignal& stop) {
  const Sweep& sweep = options.sweep;
  if (options.output.empty()) throw UsageError("output: no folder was named (-o RUN)");
  check_writable_folder(options.output);
  data::Dataset dataset = data::open_dataset(sweep.data.path, sweep.data.layout)
                              .filtered(sweep.data.domains, sweep.data.classes);
  std::vector<NetworkJobs> networks;
  for (const nn::NetworkRequest& request : sweep.networks) {
    NetworkJobs& network = networks.emplace_back();
    network.source = open_source({request, sweep.taps}, sweep.features, sweep.extraction, log);
    set_keys(network.source, sweep.dtype);
    for (const std::string& what : network.source.left_out) log.info("left out: " + what);
  }
  PictureSet pictures = hash_pictures(std::move(dataset), stop);
  ProbeTask task = make_task(sweep, pictures, log);
  const fs::path store = sweep.store.empty() ? options.output / "store" : sweep.store;
  Run run{log,
          stop,
          sweep,
          options.output,
          std::move(pictures),
          std::move(task),
          ActivationStore(store, log),
          std::move(networks)};
  for (size_t i = 0; i < run.networks.size(); ++i) {
    NetworkJobs& network = run.networks[i];
    network.jobs = jobs_of(network.source, title_of(sweep.networks[i], network.source), run);
  }
  return run;
}

// ---- cells --------------------------------------------------------------------------------------

/// The features of a column for the rows of a task. Rows that a damaged shard held are computed
/// again.
at::Tensor load_features(Run& run,
                         const FeatureSource& source,
                         const FeatureColumn& column,
                         const ProbeTask& task) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (auto features = run.store.read(column.key, task.sha256)) return *features;
    extract_missing(source, {column}, run.pictures, run.store, run.log, run.stop);
  }
  throw InputError(run.store.folder(), "its files change or get lost while they are read");
}

/// Indices of the task's rows whose pictures could be decoded: that all columns have.
std::vector<size_t> decoded(const Run& run, const std::vector<FeatureColumn>& columns) {
  std::vector<bool> usable(run.pictures.size(), false);
  for (const size_t row : usable_rows(columns, run.pictures, run.store)) usable[row] = true;
  std::vector<size_t> keep;
  for (size_t i = 0; i < run.task.rows.size(); ++i) {
    if (usable[run.task.rows[i]]) keep.push_back(i);
  }
  return keep;
}

void stop_where_asked(const Run& run) {
  if (!run.stop.requested()) return;
  const size_t done = run.count(true), left = run.count(false);
  throw Interrupted(run.stop.signal(),
                    fmt::format("stopped with {} of {} cells done; they and all features are kept "
                                "in {}, and the same command goes on from there",
                                done, done + left, run.output.string()));
}

/// Fits the probes of a cell on the rows `keep` of the task, and writes it.
void solve(Run& run,
           const FeatureSource& source,
           Job& job,
           const std::vector<size_t>& keep,
           const SolverProgress& progress) {
  const ProbeTask task = run.task.restricted(keep);
  const at::Tensor features = load_features(run, source, job.column, task);
  const auto start = Clock::now();
  ProbeFit fit = fit_probe(features, task, run.sweep.probe, progress);
  std::vector<int64_t> predictions(run.task.rows.size(), -1);
  for (size_t i = 0; i < keep.size(); ++i) predictions[keep[i]] = fit.predictions[i];
  fit.predictions = std::move(predictions);
  job.cell.fit = std::move(fit);
  job.cell.seconds = seconds_since(start);
  write_cell(run.cells(), job.hash, job.cell);
  job.done = true;
}

void record_failure(const Run& run, const Job& job, const std::string& why, ProbeReport& report) {
  run.log.warn(fmt::format("{}: failed: {}", job.title(), why));
  report.failed.emplace_back(job.title(), why);
}

void solve_all(Run& run,
               NetworkJobs& network,
               const std::vector<size_t>& keep,
               ProbeReport& report) {
  const auto left = std::count_if(network.jobs.begin(), network.jobs.end(),
                                  [](const Job& job) { return !job.done; });
  const int64_t fits = count_fits(run.sweep.probe);
  Progress progress(run.log, network.source.network->card.name + ": probes", left * fits);
  int64_t before = 0;
  for (Job& job : network.jobs) {
    if (job.done) continue;
    stop_where_asked(run);
    try {
      solve(run, network.source, job, keep, [&](int64_t done, int64_t) {
        progress.update(before + done, job.cell.tap + " " + job.cell.feature);
        stop_where_asked(run);
      });
      report.solving_seconds += job.cell.seconds;
      ++report.computed;
    } catch (const ResourceError&) {
      throw;  // a disk that is full stays full
    } catch (const Error& error) {
      record_failure(run, job, error.what(), report);
    }
    before += fits;
  }
}

/// Brings one network's cells to an end. A cell that fails is recorded and does not stop the
/// others; nor does a network, where there are several.
void work_on(Run& run, NetworkJobs& network, ProbeReport& report) {
  std::vector<FeatureColumn> columns;
  for (const Job& job : network.jobs) {
    if (!job.done) columns.push_back(job.column);
  }
  if (columns.empty()) return;
  try {
    report.extraction.add(
        extract_missing(network.source, columns, run.pictures, run.store, run.log, run.stop));
  } catch (const ResourceError&) {
    throw;
  } catch (const Error& error) {
    if (run.networks.size() == 1) throw;
    for (const Job& job : network.jobs) {
      if (!job.done) record_failure(run, job, error.what(), report);
    }
    return;
  }
  solve_all(run, network, decoded(run, columns), report);
}

// ---- results ------------------------------------------------------------------------------------

json record_of(const Run& run, const ProbeReport& report) {
  json networks = json::array();
  for (const NetworkJobs& network : run.networks) networks.push_back(network.source.record());
  json failed = json::array();
  for (const auto& [cell, why] : report.failed) failed.push_back({{"cell", cell}, {"why", why}});
  json cells = json::array();
  for (const NetworkJobs& network : run.networks) {
    for (const Job& job : network.jobs) {
      cells.push_back({{"network", job.cell.network},
                       {"tap", job.cell.tap},
                       {"feature", job.cell.feature},
                       {"file", "cells/" + job.hash + ".json"},
                       {"features", job.column.key.hash},
                       {"done", job.done},
                       {"seconds", job.cell.seconds}});
    }
  }
  return {
      {"kind", "strata probe run"},
      {"schema", kRunSchema},
      {"version", version()},
      {"configuration", run.sweep.to_json()},
      {"networks", networks},
      {"data",
       {{"layout", run.pictures.dataset.layout},
        {"pictures", run.task.rows.size()},
        {"broken", report.extraction.broken},
        {"classes", run.task.classes},
        {"test", std::count(run.task.test.begin(), run.task.test.end(), true)},
        {"chance", run.task.chance}}},
      {"seed", run.sweep.seed},
      {"threads", at::get_num_threads()},
      {"libtorch", nn::torch_version()},
      {"seconds", {{"extraction", report.extraction.seconds}, {"solving", report.solving_seconds}}},
      {"pictures_extracted", report.extraction.computed},
      {"pictures_per_second", report.extraction.pictures_per_second()},
      {"cells_computed", report.computed},
      {"cells_reused", report.reused},
      {"cells", cells},
      {"failed", failed},
      {"not_converged", report.unconverged()},
      {"warnings", run.log.warnings()}};
}

void write_results(const Run& run, ProbeReport& report) {
  std::vector<Cell> cells;
  for (const NetworkJobs& network : run.networks) {
    for (const Job& job : network.jobs) {
      if (job.done) cells.push_back(job.cell);
    }
  }
  report.layers = summarise(cells, run.task.labels);
  write_task(run.output / "pictures.csv", run.task);
  write_file(run.output / "results.csv", results_table(cells).csv());
  write_file(run.output / "layers.csv", layers_table(report.layers).csv());
  const report::LinePlot plot = depth_plot(
      report.layers, fmt::format("{} ({} of them)", run.sweep.data.label, run.task.classes.size()));
  write_file(run.output / "accuracy_by_depth.svg", report::svg(plot));
  write_file(run.output / "accuracy_by_depth.png", std::span<const std::byte>(report::png(plot)));
  report.record = record_of(run, report);
  write_file(run.output / "run.json", report.record.dump(1) + "\n");
}

/// Floating-point operations of all fits on one matrix: each iteration multiplies the rows with the
/// weights and back, in the smaller of the two dimensions.
double solver_operations(const ProbeChoice& probe, const ProbeTask& task, int64_t dims) {
  constexpr double kIterations = 60;
  const auto rows = static_cast<double>(task.rows.size());
  return kIterations * 4 * rows * std::min(rows, static_cast<double>(dims)) *
         static_cast<double>(task.classes.size()) * static_cast<double>(count_fits(probe));
}
constexpr double kOperationsPerSecond = 2e10;

}  // namespace

std::vector<std::string> ProbeReport::unconverged() const {
  std::vector<std::string> names;
  for (const LayerSummary& layer : layers) {
    if (layer.converged) continue;
    names.push_back(
        fmt::format("{}, {}, {}", layer.cell.network, layer.cell.tap, layer.cell.feature));
  }
  return names;
}

ProbePlan plan_probe(const ProbeOptions& options, Log& log, const StopSignal& stop) {
  const Run run = prepare(options, log, stop);
  ProbePlan plan;
  plan.configuration = run.sweep.to_json();
  for (const NetworkJobs& network : run.networks) {
    int64_t most = 0;
    for (const Job& job : network.jobs) {
      ProbePlan::Entry entry{job.cell.network, job.cell.tap, job.cell.feature, job.cell.definition};
      entry.rows = static_cast<int64_t>(run.task.rows.size());
      entry.dims = job.cell.dims;
      entry.done = job.done;
      if (!job.done) {
        const auto missing = run.store.missing(job.column.key, run.task.sha256);
        entry.missing = static_cast<int64_t>(missing.size());
        entry.bytes = static_cast<double>(entry.missing * entry.dims) *
                      static_cast<double>(at::elementSize(job.column.key.dtype));
        plan.solving_seconds +=
            solver_operations(run.sweep.probe, run.task, entry.dims) / kOperationsPerSecond;
      }
      plan.bytes += entry.bytes;
      most = std::max(most, entry.missing);
      plan.cells.push_back(entry);
    }
    if (most > 0) {
      plan.extraction_seconds +=
          static_cast<double>(most) * seconds_per_picture(network.source, network.source.columns);
    }
  }
  return plan;
}

ProbeReport run_probe(const ProbeOptions& options, Log& log, const StopSignal& stop) {
  Run run = prepare(options, log, stop);
  make_folder(run.cells());
  ProbeReport report;
  report.reused = static_cast<int64_t>(run.count(true));
  for (NetworkJobs& network : run.networks) work_on(run, network, report);
  write_results(run, report);
  return report;
}

json ProbePlan::to_json() const {
  json list = json::array();
  for (const Entry& entry : cells) {
    list.push_back({{"network", entry.network},
                    {"tap", entry.tap},
                    {"feature", entry.feature},
                    {"computed", entry.definition},
                    {"rows", entry.rows},
                    {"dims", entry.dims},
                    {"missing", entry.missing},
                    {"bytes", entry.bytes},
                    {"done", entry.done}});
  }
  return {{"configuration", configuration},
          {"cells", list},
          {"bytes", bytes},
          {"seconds", {{"extraction", extraction_seconds}, {"solving", solving_seconds}}}};
}

json ProbeReport::to_json() const {
  json list = json::array();
  for (const LayerSummary& layer : layers) {
    const Cell& cell = layer.cell;
    json entry = {
        {"network", cell.network}, {"tap", cell.tap},         {"name", cell.name},
        {"depth", cell.depth},     {"feature", cell.feature}, {"computed", cell.definition},
        {"dims", cell.dims},       {"chance", cell.chance},   {"converged", layer.converged}};
    if (layer.converged) {
      entry.update({{"lambda", layer.lambda},
                    {"lambda_at_end", layer.lambda_at_end},
                    {"accuracy", layer.accuracy},
                    {"standard_error", layer.standard_error},
                    {"nll", layer.nll},
                    {"best", layer.best},
                    {"p_best", layer.p_best},
                    {"as_good_as_best", layer.as_good_as_best}});
    }
    if (cell.fit.test && cell.fit.test->converged) {
      entry["test"] = {{"lambda", cell.fit.test->lambda},
                       {"rows", cell.fit.test->rows},
                       {"accuracy", cell.fit.test->accuracy},
                       {"nll", cell.fit.test->nll}};
    }
    list.push_back(entry);
  }
  json all = record;
  all["layers"] = list;
  return all;
}

}  // namespace strata::probes

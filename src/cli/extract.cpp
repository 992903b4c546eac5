#include "probes/extract.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "report/table.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::cli {
namespace {

struct Arguments {
  probes::ExtractOptions options;
  std::string dataset, output;
  bool prune = false;
};

void print_columns(const probes::ExtractSummary& summary) {
  report::Table table({{"layer"}, {"depth"}, {"feature"}, {"dims"}, {"to compute"}, {"key"}});
  for (size_t c = 0; c < summary.source.columns.size(); ++c) {
    const probes::FeatureColumn& column = summary.source.columns[c];
    table.add({column.tap.title, std::to_string(column.tap.depth),
               probes::definition(column.feature, column.tap.channels()),
               std::to_string(column.key.dims), std::to_string(summary.missing[c]),
               column.key.hash.substr(0, 12)});
  }
  print(table.text());
}

int prune(const Context& context, const Arguments& arguments) {
  if (!arguments.dataset.empty()) {
    throw UsageError("--prune clears a store and takes no data set");
  }
  if (arguments.output.empty()) throw UsageError("output: no folder was named (-o DIR)");
  const double freed = probes::ActivationStore::clear(arguments.output);
  if (context.json) {
    print_json({{"output", arguments.output}, {"bytes_freed", freed}});
  } else {
    print(fmt::format("{}: cleared, {} freed\n", arguments.output, human_bytes(freed)));
  }
  return 0;
}

int plan(const Context& context, const probes::ExtractOptions& options) {
  const auto summary = probes::plan_extract(options, context.log, context.stop);
  if (context.json) {
    print_json(summary.to_json());
    return 0;
  }
  print_columns(summary);
  print(fmt::format("\n{} pictures, {} to write, about {} for the network on {}\n",
                    summary.report.pictures, human_bytes(summary.bytes_expected),
                    human_seconds(summary.seconds_expected), summary.source.policy.device.str()));
  return 0;
}

int extract(const Context& context, const probes::ExtractOptions& options) {
  const auto summary = probes::run_extract(options, context.log, context.stop);
  if (context.json) {
    print_json(summary.to_json());
    return 0;
  }
  print_columns(summary);
  const probes::ExtractionReport& report = summary.report;
  print(fmt::format("\n{}: {} pictures, {} of them computed in {} ({:.0f} pictures/s){}; {}\n",
                    summary.output.string(), report.pictures, report.computed,
                    human_seconds(report.seconds), report.pictures_per_second(),
                    report.broken > 0 ? fmt::format(", {} broken", report.broken) : "",
                    human_bytes(summary.store_bytes)));
  return 0;
}

}  // namespace

Run setup_extract(CLI::App& command) {
  auto arguments = std::make_shared<Arguments>();
  command.add_option("DATASET", arguments->dataset,
                     "Folder (class/*.jpg, domain/class/*.jpg or *.jpg) or manifest CSV");
  command.add_option("-o,--output", arguments->output, "Folder of the activation store")
      ->type_name("DIR");
  command.add_flag("--prune", arguments->prune, "Clear the store instead");
  auto options = std::make_shared<CommandOptions>(
      command, [arguments](OptionVisitor& v) { arguments->options.describe(v); },
      &arguments->options.network.request.overrides);
  return [=](const Context& context) {
    options->resolve();
    if (arguments->prune) return prune(context, *arguments);
    if (arguments->dataset.empty()) {
      throw UsageError("DATASET: no pictures were named (strata extract DATASET -o DIR)");
    }
    arguments->options.dataset = arguments->dataset;
    arguments->options.output = arguments->output;
    return context.dry_run ? plan(context, arguments->options)
                           : extract(context, arguments->options);
  };
}

}  // namespace strata::cli

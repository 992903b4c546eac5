#include "probes/gram.hpp"

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "report/table.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::cli {
namespace {

/// Two inputs: a distance a layer. More: a matrix of the mean over layers, which is read row by
/// row, after a column a pair for as many as a terminal holds.
void print_report(const probes::GramReport& report) {
  constexpr size_t kMostPairs = 6;
  const auto values = report.distances.accessor<double, 3>();
  const auto n = static_cast<int64_t>(report.inputs.size());
  for (int64_t i = 0; i < n; ++i) {
    const auto index = static_cast<size_t>(i);
    print(fmt::format(
        "{:>3}  {}{}\n", i + 1, report.inputs[index],
        report.pictures[index] > 1 ? fmt::format(" ({} pictures)", report.pictures[index]) : ""));
  }
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i + 1; j < n; ++j) pairs.emplace_back(i, j);
  }
  if (pairs.size() <= kMostPairs) {
    std::vector<report::Column> columns = {{"layer"}, {"depth"}};
    for (const auto& [i, j] : pairs) columns.push_back({fmt::format("{} - {}", i + 1, j + 1)});
    report::Table table(columns);
    for (size_t l = 0; l < report.taps.size(); ++l) {
      std::vector<std::string> row = {report.taps[l].title, std::to_string(report.taps[l].depth)};
      for (const auto& [i, j] : pairs) {
        row.push_back(fmt::format("{:.4f}", values[static_cast<int64_t>(l)][i][j]));
      }
      table.add(row);
    }
    print("\n" + table.text());
    return;
  }
  std::vector<report::Column> columns = {{"mean over layers"}};
  for (int64_t i = 0; i < n; ++i) columns.push_back({std::to_string(i + 1)});
  report::Table table(columns);
  for (int64_t i = 0; i < n; ++i) {
    std::vector<std::string> row = {std::to_string(i + 1)};
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < values.size(0); ++l) sum += values[l][i][j];
      row.push_back(fmt::format("{:.4f}", sum / static_cast<double>(values.size(0))));
    }
    table.add(row);
  }
  print("\n" + table.text() + "\nLayer by layer: --json, or --npy FILE\n");
}

}  // namespace

Run setup_gram(CLI::App& command) {
  struct Arguments {
    probes::GramOptions options;
    std::vector<std::string> inputs;
    std::string npy;
  };
  auto arguments = std::make_shared<Arguments>();
  command.add_option("INPUTS", arguments->inputs,
                     "Pictures, folders of pictures or manifest CSVs; two or more");
  command.add_option("--npy", arguments->npy, "Also write the distances: layers x inputs x inputs")
      ->type_name("FILE");
  auto options = std::make_shared<CommandOptions>(
      command, [arguments](OptionVisitor& v) { arguments->options.describe(v); },
      &arguments->options.network.request.overrides);
  return [=](const Context& context) {
    options->resolve();
    arguments->options.inputs.assign(arguments->inputs.begin(), arguments->inputs.end());
    arguments->options.npy = arguments->npy;
    const auto report = probes::run_gram(arguments->options, context.log, context.stop);
    if (context.json) {
      print_json(report.to_json());
    } else {
      print_report(report);
    }
    return 0;
  };
}

}  // namespace strata::cli

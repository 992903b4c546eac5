#include "styletransfer/score.hpp"

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "report/table.hpp"

#include <memory>

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::cli {
namespace {

using styletransfer::ScoreOptions;
using styletransfer::ScoreReport;
using styletransfer::TermValue;

void print_report(const ScoreReport& report) {
  report::Table table({{"loss"}, {"layer"}, {"weight"}, {"weighted value"}});
  for (const TermValue& term : report.value.terms) {
    table.add({term.loss, term.tap, fmt::format("{:.6g}", term.weight),
               fmt::format("{:.6g}", term.value)});
  }
  table.add({"total", "", "", fmt::format("{:.6g}", report.value.loss)});
  print(table.text());
}

}  // namespace

Run setup_score(CLI::App& command) {
  auto options = std::make_shared<ScoreOptions>();
  command.add_option("PICTURE", options->picture, "The picture to judge, made by any tool")
      ->required();
  auto line = std::make_shared<CommandOptions>(
      command, [options](OptionVisitor& v) { options->describe(v); },
      &options->objective.overrides);
  return [options, line](const Context& context) {
    line->resolve();
    const ScoreReport report = styletransfer::run_score(*options, context.log);
    context.json ? print_json(report.to_json()) : print_report(report);
    return 0;
  };
}

}  // namespace strata::cli

#include "styletransfer/stylize.hpp"

#include "base/text.hpp"
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

using styletransfer::PlannedScale;
using styletransfer::StylizeOptions;
using styletransfer::StylizePlan;
using styletransfer::StylizeReport;

void print_plan(const StylizePlan& plan) {
  report::Table table(
      {{"output"}, {"style"}, {"iterations"}, {"billion multiply-adds"}, {"memory"}});
  for (const PlannedScale& scale : plan.scales) {
    table.add(
        {fmt::format("{} x {}", scale.size.width, scale.size.height),
         fmt::format("{} x {}", scale.style.width, scale.style.height),
         std::to_string(scale.iterations),
         fmt::format("{:.1f}", scale.multiply_adds * static_cast<double>(scale.iterations) / 1e9),
         human_bytes(scale.memory_bytes)});
  }
  print(table.text());
  print(fmt::format("\nabout {} and {}; nothing was written\n", human_seconds(plan.seconds),
                    human_bytes(plan.memory_bytes)));
}

void print_report(const StylizeReport& report) {
  print(fmt::format("{}: {} x {}, {} evaluations in {}, {}\n", report.output.string(),
                    report.size.width, report.size.height, report.evaluations,
                    human_seconds(report.seconds), human_bytes(report.peak_bytes)));
}

}  // namespace

Run setup_stylize(CLI::App& command) {
  auto options = std::make_shared<StylizeOptions>();
  auto output = std::make_shared<std::string>();
  command.add_option("CONTENT", options->content, "The picture to paint anew")->required();
  command
      .add_option("STYLE", options->styles,
                  "The picture whose style it takes on, or a folder; several are blended, with "
                  "weights as in a.jpg:2 b.jpg:1")
      ->required();
  command
      .add_option("-o,--output", *output,
                  "The picture to write: .png (keeps the settings), .jpg, .tif or .webp")
      ->type_name("FILE")
      ->required();
  auto line = std::make_shared<CommandOptions>(
      command, [options](OptionVisitor& v) { options->describe(v); },
      &options->objective.overrides);
  return [options, output, line](const Context& context) {
    line->resolve();
    options->output = *output;
    if (context.dry_run) {
      const StylizePlan plan = styletransfer::plan_stylize(*options, context.log);
      context.json ? print_json(plan.to_json()) : print_plan(plan);
      return 0;
    }
    const StylizeReport report = styletransfer::run_stylize(*options, context.log, context.stop);
    context.json ? print_json(report.to_json()) : print_report(report);
    return 0;
  };
}

}  // namespace strata::cli

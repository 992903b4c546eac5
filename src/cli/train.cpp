#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "report/table.hpp"
#include "train/run.hpp"

#include <filesystem>
#include <memory>
#include <optional>

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::cli {
namespace {

using nlohmann::json;

struct Arguments {
  std::string recipe, output;
  std::vector<std::string> settings, data;
  std::optional<int64_t> steps, seed;
  std::string device = "auto";
  int64_t threads = 0;
};

/// The file, then `--set`, then the flags; later ones win.
train::Recipe recipe_of(const Arguments& arguments) {
  Config config = Config::from_file(arguments.recipe);
  for (const std::string& setting : arguments.settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError("--set " + setting + ": expected KEY=VALUE");
    }
    config.set(setting.substr(0, equals), setting.substr(equals + 1));
  }
  if (!arguments.data.empty()) config.set("data.paths", json(arguments.data).dump());
  if (arguments.steps) config.set("steps", std::to_string(*arguments.steps));
  if (arguments.seed) config.set("seed", std::to_string(*arguments.seed));
  return train::Recipe::from(config, std::filesystem::path(arguments.recipe).stem().string());
}

void print_plan(const train::TrainPlan& plan) {
  report::Table table({{"layer"}, {"parameters"}, {""}});
  for (const auto& layer : plan.layers) {
    table.add({layer.name, std::to_string(layer.parameters), layer.trained ? "" : "frozen"});
  }
  print(table.text());
  for (const std::string& teacher : plan.teachers) print("teacher: " + teacher + "\n");
  print(fmt::format(
      "\n{} parameters, {} of them trained; weights of {}\n"
      "{} pictures to train on, {} held out; {} steps, {} done, {:.1f} passes over the data\n"
      "about {} a step, {} in all on {}; nothing was written\n",
      plan.parameters, plan.trained, human_bytes(plan.bytes), plan.training_pictures,
      plan.held_out_pictures, plan.steps, plan.done, plan.passes,
      human_seconds(plan.seconds_a_step), human_seconds(plan.seconds), plan.device));
}

void print_report(const train::TrainReport& report) {
  report::Table table({{"on held-out pictures"}, {""}});
  table.add({"score", fmt::format("{:.4f}", report.evaluation.score)});
  for (const auto& [name, figure] : report.evaluation.figures) {
    table.add({name, fmt::format("{:.4g}", figure)});
  }
  print(table.text());
  print(fmt::format("\n{}: {} steps in {}, {} parameters in {}; use it with --network {}\n",
                    report.output.string(), report.steps, human_seconds(report.seconds),
                    report.files.parameters, human_bytes(report.files.bytes),
                    report.files.card.string()));
}

}  // namespace

Run setup_train(CLI::App& command) {
  auto arguments = std::make_shared<Arguments>();
  command.add_option("RECIPE", arguments->recipe, "What is trained, on what, and how (YAML)")
      ->required();
  command
      .add_option("-o,--output", arguments->output,
                  "Folder of the run; one that has a checkpoint is gone on with")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--data", arguments->data,
                  "Folders of pictures or manifests, in place of the recipe's")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--steps", arguments->steps, "Steps of the whole run")->type_name("N");
  command.add_option("--seed", arguments->seed, "Of weights, order and changes of the pictures")
      ->type_name("N");
  command.add_option("--device", arguments->device, "auto, cpu, cuda or cuda:N")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--threads", arguments->threads, "Of the network; 0: all processors")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--set", arguments->settings,
                  "Sets one key of the recipe, as in --set optimizer.learning_rate=1e-3; may be "
                  "repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  return [arguments](const Context& context) {
    const train::TrainOptions options{.recipe = recipe_of(*arguments),
                                      .output = arguments->output,
                                      .device = arguments->device,
                                      .threads = arguments->threads};
    if (context.dry_run) {
      const train::TrainPlan plan = train::plan_train(options, context.log);
      context.json ? print_json(plan.to_json()) : print_plan(plan);
      return 0;
    }
    const train::TrainReport report = train::run_train(options, context.log, context.stop);
    context.json ? print_json(report.to_json()) : print_report(report);
    return 0;
  };
}

}  // namespace strata::cli

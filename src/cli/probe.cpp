#include "probes/probe.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "probes/tables.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// ---- flags --------------------------------------------------------------------------------------

/// Flags that stand for keys of a sweep's YAML: `--folds 3` for probe.folds. They are laid over the
/// file, which so stays the one description of a sweep.
class SweepFlags : private OptionVisitor {
 public:
  explicit SweepFlags(CLI::App& app) : app_(app) {
    probes::ExtractionChoice extraction;
    extraction.describe(*this);
    text("data.label", "what is read: class or domain", "WHAT");
    text("data.layout", "of the data set: auto, class, domain/class or manifest", "NAME");
    list("taps", "layers: names, patterns (layer*) or all; empty: those of the card", "NAME");
    list("features", "gap, gram, gram:M", "NAME");
    number_list("probe.lambdas", "penalties per sample", "NUMBERS");
    number("probe.folds", "folds of the cross-validation", "N");
    number("probe.repeats", "times that the folds are drawn anew", "N");
    number("split.test", "share of the pictures held out from every choice", "SHARE");
    number("seed", "of the splits", "N");
    text("store", "activation store; default: RUN/store", "DIR");
    text("dtype", "of the features on disk: float32 or float16", "TYPE");
  }

  void apply(Config& config) const {
    for (const Flag& flag : flags_) {
      if (flag.option->count() > 0) config.set(flag.key, yaml(flag));
    }
  }

 private:
  enum class Kind { text, number };
  struct Flag {
    std::string key;
    Kind kind = Kind::text;
    bool list = false;
    std::vector<std::string> values;
    CLI::Option* option = nullptr;
  };

  /// JSON's quoted strings are YAML's too.
  static std::string yaml(const Flag& flag) {
    std::vector<std::string> items;
    for (const std::string& value : flag.values) {
      for (const std::string& item : flag.list ? split(value, ',') : std::vector{value}) {
        items.push_back(flag.kind == Kind::text ? json(item).dump() : item);
      }
    }
    return flag.list ? "[" + join(items) + "]" : items.back();
  }

  Flag& add(const std::string& key, const std::string& help, const std::string& value) {
    Flag& flag = flags_.emplace_back();
    flag.key = key;
    std::string name = key.substr(key.rfind('.') + 1);
    std::replace(name.begin(), name.end(), '_', '-');
    flag.option = app_.add_option("--" + name, flag.values, help)
                      ->type_name(value)
                      ->allow_extra_args(false)
                      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                      ->option_text(value);
    return flag;
  }
  void text(const std::string& key, const std::string& help, const std::string& value) {
    add(key, help, value);
  }
  void number(const std::string& key, const std::string& help, const std::string& value) {
    add(key, help, value).kind = Kind::number;
  }
  void list(const std::string& key, const std::string& help, const std::string& value) {
    Flag& flag = add(key, help, value);
    flag.list = true;
    flag.option->option_text(value + "[,...]");
  }
  void number_list(const std::string& key, const std::string& help, const std::string& value) {
    Flag& flag = add(key, help, value);
    flag.kind = Kind::number;
    flag.list = true;
    flag.option->option_text(value + "[,...]");
  }

  void add(const OptionInfo& info, Kind kind) {
    std::string help = info.help;
    if (!info.allowed.empty()) help += ": " + join(info.allowed);
    add(info.key, help, info.value).kind = kind;
  }
  void option(const OptionInfo& info, bool&) override { add(info, Kind::number); }
  void option(const OptionInfo& info, int64_t&) override { add(info, Kind::number); }
  void option(const OptionInfo& info, double&) override { add(info, Kind::number); }
  void option(const OptionInfo& info, std::string&) override { add(info, Kind::text); }
  void option(const OptionInfo& info, std::vector<std::string>&) override { add(info, Kind::text); }
  void option(const OptionInfo& info, std::optional<int64_t>&) override { add(info, Kind::number); }
  void option(const OptionInfo& info, std::optional<double>&) override { add(info, Kind::number); }
  void option(const OptionInfo& info, std::optional<std::string>&) override {
    add(info, Kind::text);
  }

  CLI::App& app_;
  std::deque<Flag> flags_;  // CLI11 keeps pointers into it
};

struct Arguments {
  std::string what, output;
  std::string network, weights, weights_key;
  std::vector<std::string> settings;
};

bool is_sweep_file(const fs::path& what) {
  const std::string ending = what.extension().string();
  return ending == ".yaml" || ending == ".yml";
}

void apply_network(Config& config, const Arguments& arguments) {
  if (arguments.network.empty() && arguments.weights.empty() && arguments.weights_key.empty()) {
    return;
  }
  if (arguments.network.empty() && config.has("networks")) {
    throw UsageError("--weights: which of the sweep's networks is meant? Name it with --network");
  }
  json network = {{"card", arguments.network.empty() ? nn::kDefaultNetwork : arguments.network}};
  if (!arguments.weights.empty()) network["weights"] = arguments.weights;
  if (!arguments.weights_key.empty()) network["weights_key"] = arguments.weights_key;
  config.set("networks", json::array({network}).dump());
}

probes::Sweep sweep_of(const Arguments& arguments, const SweepFlags& flags) {
  if (arguments.what.empty()) {
    throw UsageError(
        "SWEEP: nothing to probe was named; strata probe SWEEP.yaml -o RUN, or "
        "strata probe FOLDER -o RUN --network NAME");
  }
  Config config = is_sweep_file(arguments.what) ? Config::from_file(arguments.what)
                                                : Config::from_text("", "command line");
  if (!is_sweep_file(arguments.what)) {
    std::error_code ignored;
    if (!fs::exists(arguments.what, ignored)) {
      throw InputError(arguments.what, "no such sweep (.yaml), folder or manifest (.csv)");
    }
    config.set("data.path", json(arguments.what).dump());
  }
  Config overrides;
  for (const std::string& setting : arguments.settings) {
    constexpr std::string_view kNetwork = "network.";
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError("--set " + setting + ": expected KEY=VALUE");
    }
    const std::string key = setting.substr(0, equals), value = setting.substr(equals + 1);
    if (key.starts_with(kNetwork)) {
      overrides.set(key.substr(kNetwork.size()), value);
    } else {
      config.set(key, value);
    }
  }
  apply_network(config, arguments);
  flags.apply(config);
  return probes::Sweep::from(config, overrides);
}

// ---- output -------------------------------------------------------------------------------------

void print_plan(const probes::ProbePlan& plan) {
  report::Table table(
      {{"network"}, {"layer"}, {"feature"}, {"rows"}, {"dims"}, {"to write"}, {""}});
  size_t done = 0;
  for (const auto& entry : plan.cells) {
    done += entry.done ? 1 : 0;
    table.add({entry.network, entry.tap, entry.definition, std::to_string(entry.rows),
               std::to_string(entry.dims), entry.bytes > 0 ? human_bytes(entry.bytes) : "",
               entry.done           ? "done"
               : entry.missing == 0 ? "features are there"
                                    : ""});
  }
  print(table.text());
  print(
      fmt::format("\n{} cells, {} done; {} of features to write; roughly {} of extraction and {} "
                  "of solving\n",
                  plan.cells.size(), done, human_bytes(plan.bytes),
                  human_seconds(plan.extraction_seconds), human_seconds(plan.solving_seconds)));
}

void print_report(const probes::ProbeReport& report, const std::string& output) {
  print(probes::layers_for_people(report.layers).text());
  const bool at_end = std::any_of(report.layers.begin(), report.layers.end(),
                                  [](const auto& layer) { return layer.lambda_at_end; });
  if (at_end) {
    print(
        "\nA lambda at an end of the path was chosen; a longer path may give more (layers.csv, "
        "lambda_at_end)\n");
  }
  const probes::ExtractionReport& extraction = report.extraction;
  const std::string rate = extraction.computed > 0 ? fmt::format(" ({:.0f} pictures/s)",
                                                                 extraction.pictures_per_second())
                                                   : "";
  print(fmt::format("\nextraction {}{}, solving {}; {} cells computed, {} reused\n",
                    human_seconds(extraction.seconds), rate, human_seconds(report.solving_seconds),
                    report.computed, report.reused));
  print(fmt::format("{}: results.csv, layers.csv, accuracy_by_depth.svg and .png, run.json\n",
                    output));
}

/// What did not work, once the rest has been printed.
void complain(const probes::ProbeReport& report) {
  if (!report.failed.empty()) {
    std::string list;
    for (const auto& [cell, why] : report.failed) {
      list += fmt::format("{}{} ({})", list.empty() ? "" : "; ", cell, why);
    }
    throw Error(ExitCode::partial, fmt::format("{} of {} cells failed: {}", report.failed.size(),
                                               report.failed.size() + report.layers.size(), list));
  }
  if (const auto names = report.unconverged(); !names.empty()) {
    throw NumericalError(fmt::format(
        "no lambda converged in every fold of {} cells, which are not ranked: {}; larger lambdas "
        "or a looser probe.tolerance may help",
        names.size(), join(names, "; ")));
  }
}

}  // namespace

Run setup_probe(CLI::App& command) {
  auto arguments = std::make_shared<Arguments>();
  command.add_option("SWEEP", arguments->what,
                     "A sweep (YAML), or pictures: a folder (class/*.jpg, domain/class/*.jpg) or a "
                     "manifest CSV");
  command.add_option("-o,--output", arguments->output, "Folder of the run")->type_name("RUN");
  command.add_option("--network", arguments->network, "a card's name or file")->type_name("NAME");
  command
      .add_option("--weights", arguments->weights,
                  "weights file, or random, or random:SEED; the card's where absent")
      ->type_name("FILE");
  command
      .add_option("--weights-key", arguments->weights_key,
                  "where the state_dict lies inside the file, e.g. state_dict_ema")
      ->type_name("KEY");
  command
      .add_option("--set", arguments->settings,
                  "Sets one key of the sweep or of the networks' cards, as in --set probe.folds=3 "
                  "or --set network.input.size=128; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  auto flags = std::make_shared<SweepFlags>(command);
  return [=](const Context& context) {
    const probes::ProbeOptions options{sweep_of(*arguments, *flags), arguments->output};
    if (context.dry_run) {
      const auto plan = probes::plan_probe(options, context.log, context.stop);
      if (context.json) {
        print_json(plan.to_json());
      } else {
        print_plan(plan);
      }
      return 0;
    }
    const auto report = probes::run_probe(options, context.log, context.stop);
    if (context.json) {
      print_json(report.to_json());
    } else {
      print_report(report, arguments->output);
    }
    complain(report);
    return 0;
  };
}

}  // namespace strata::cli

#pragma once

#include "base/log.hpp"
#include "base/stop_signal.hpp"

#include <functional>
#include <memory>

#include <CLI/App.hpp>

namespace strata::cli {

/// What every command is given when it runs.
struct Context {
  Log& log;
  const StopSignal& stop;
  bool json = false;     ///< results as JSON on standard output
  bool dry_run = false;  ///< print the plan, do nothing
};

/// A command declares itself on its subcommand and returns what it does once the line is parsed:
/// a function that returns the exit code.
using Run = std::function<int(const Context&)>;
using Setup = Run (*)(CLI::App& command);

enum class DryRun { no, yes };

struct CommandEntry {
  const char* name = nullptr;
  const char* help = nullptr;
  Setup setup = nullptr;
  DryRun dry_run = DryRun::no;
};

// One pair of files a command; main.cpp lists them.
Run setup_stylize(CLI::App& command);
Run setup_score(CLI::App& command);
Run setup_extract(CLI::App& command);
Run setup_gram(CLI::App& command);
Run setup_probe(CLI::App& command);
Run setup_train(CLI::App& command);
Run setup_models(CLI::App& command);
Run setup_doctor(CLI::App& command);

}  // namespace strata::cli

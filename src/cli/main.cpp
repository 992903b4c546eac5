#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/command.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <new>

#include <CLI/CLI.hpp>
#include <c10/util/Exception.h>
#include <fmt/format.h>

namespace strata::cli {
namespace {

constexpr std::array kCommands = {
    CommandEntry{"stylize", "Paints a picture in the style of another", setup_stylize, DryRun::yes},
    CommandEntry{"score", "Evaluates a style-transfer objective on any picture", setup_score},
    CommandEntry{"extract", "Features of every layer into an activation store", setup_extract,
                 DryRun::yes},
    CommandEntry{"gram", "Style distance between pictures or folders, layer by layer", setup_gram},
    CommandEntry{"probe", "What a linear probe reads from every layer", setup_probe, DryRun::yes},
    CommandEntry{"train", "Trains a network, or distils one from others", setup_train, DryRun::yes},
    CommandEntry{"models", "Networks and their weights: list, show, check, convert", setup_models},
    CommandEntry{"doctor", "Versions, devices, instruction sets, and what is missing",
                 setup_doctor},
};

int fail(const std::string& message, int code) {
  // One line, whatever a library put into its message.
  const std::string line = message.substr(0, message.find('\n'));
  std::fputs(("strata: " + line + "\n").c_str(), stderr);
  return code;
}

int fail(const std::string& message, ExitCode code) {
  return fail(message, static_cast<int>(code));
}

/// The last net: what an exception means for the person at the terminal.
int guarded(const std::function<int()>& run) {
  try {
    return run();
  } catch (const Interrupted& stop) {
    return fail(stop.what(), stop.exit_code());
  } catch (const Error& error) {
    return fail(error.what(), error.code());
  } catch (const std::bad_alloc&) {
    return fail("out of memory; a smaller --size needs less", ExitCode::resources);
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    if (what.find("out of memory") != std::string::npos ||
        what.find("can't allocate memory") != std::string::npos) {
      return fail("out of memory: " + what, ExitCode::resources);
    }
    return fail("a fault of strata, please report it: LibTorch says: " + what, ExitCode::fault);
  } catch (const std::exception& error) {
    return fail(fmt::format("a fault of strata, please report it: {}", error.what()),
                ExitCode::fault);
  }
}

/// CLI11's message for a word it does not know, with the nearest that it does.
std::string explain(const CLI::ParseError& error, CLI::App& app, int argc, char** argv) {
  std::string message = error.what();
  message = message.substr(0, message.find('\n'));
  std::vector<std::string> known;
  const auto chosen = app.get_subcommands();
  for (const CLI::App* sub : app.get_subcommands({})) known.push_back(sub->get_name());
  CLI::App* where = chosen.empty() ? &app : chosen.front();
  for (const CLI::Option* option : where->get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  // CLI11 misses the command before it looks at the word that stands in its place.
  const std::string first = argc > 1 ? argv[1] : "";
  if (chosen.empty() && !first.empty() && first.front() != '-') {
    return "no command is called " + first + did_you_mean(first, known);
  }
  for (int i = 1; i < argc; ++i) {
    const std::string word = split(argv[i], '=').front();
    if (message.find(word) == std::string::npos || word.empty()) continue;
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    if (const auto near = nearest(word, known)) return message + " (did you mean " + *near + "?)";
  }
  return message;
}

int run_main(int argc, char** argv) {
  CLI::App app("strata: neural style transfer, and which layers of a network transfer", "strata");
  app.set_version_flag("--version", "strata " + version());
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer("strata COMMAND --help lists the options of a command.");

  bool json = false, quiet = false, dry_run = false;
  int exit_code = 0;
  StopSignal& stop = install_stop_signal();
  for (const CommandEntry& entry : kCommands) {
    CLI::App* command = app.add_subcommand(entry.name, entry.help);
    const Run run = entry.setup(*command);
    command->add_flag("--json", json, "Print the result as JSON on standard output");
    command->add_flag("--quiet", quiet, "No progress and no remarks; warnings are still shown");
    if (entry.dry_run == DryRun::yes) {
      command->add_flag("--dry-run", dry_run, "Print what would be done, with time and memory");
    }
    command->callback([&, run] {
      Log log(quiet ? Log::Level::quiet : Log::Level::normal);
      const Context context{log, stop, json, dry_run};
      exit_code = guarded([&] { return run(context); });
    });
  }

  if (argc < 2) {  // as asking for help, but nothing was done
    std::fputs(app.help().c_str(), stderr);
    return static_cast<int>(ExitCode::usage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return fail(explain(error, app, argc, argv), ExitCode::usage);
  }
  return exit_code;
}

}  // namespace
}  // namespace strata::cli

int main(int argc, char** argv) {
  return strata::cli::guarded([&] { return strata::cli::run_main(argc, argv); });
}

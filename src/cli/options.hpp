#pragma once

#include "base/config.hpp"
#include "base/options.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace strata::cli {

/// Puts the options of a struct on a command line and resolves them: defaults, then the YAML file
/// of `--config`, then `--set key=value`, then the flags; later ones win.
class CommandOptions : private OptionVisitor {
 public:
  using Describe = std::function<void(OptionVisitor&)>;

  /// Adds a flag for every option that `describe` visits, `--config` and `--set`. Where the command
  /// works on a network, `--set network.KEY=value` and a mapping `network:` in the file override
  /// the network's card: they are collected in `*overrides`.
  CommandOptions(CLI::App& app, Describe describe, Config* overrides = nullptr);

  /// Fills the struct. Called once, after parsing. Throws UsageError.
  void resolve();

 private:
  enum class Kind { flag, value, list };
  struct Flag {
    OptionInfo info;
    Kind kind = Kind::value;
    bool on = false;                  ///< of a flag
    std::string value;                ///< of a value; the last one given
    std::vector<std::string> values;  ///< of a list, which may be given several times
    CLI::Option* option = nullptr;
  };

  void option(const OptionInfo& info, bool& field) override;
  void option(const OptionInfo& info, int64_t& field) override;
  void option(const OptionInfo& info, double& field) override;
  void option(const OptionInfo& info, std::string& field) override;
  void option(const OptionInfo& info, std::vector<std::string>& field) override;
  void option(const OptionInfo& info, std::optional<int64_t>& field) override;
  void option(const OptionInfo& info, std::optional<double>& field) override;
  void option(const OptionInfo& info, std::optional<std::string>& field) override;
  void add(const OptionInfo& info, Kind kind, const std::string& fallback);

  void apply(Config layer);
  Config from_flags() const;
  Config from_settings() const;

  CLI::App& app_;
  Describe describe_;
  Config* overrides_;
  std::string config_file_;
  std::vector<std::string> settings_;
  std::deque<Flag> flags_;  // CLI11 keeps pointers into it
};

}  // namespace strata::cli

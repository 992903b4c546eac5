#include "cli/options.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cctype>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace strata::cli {
namespace {

std::string flag_of(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return "--" + key;
}

constexpr const char* kNetworkPrefix = "network.";

}  // namespace

CommandOptions::CommandOptions(CLI::App& app, Describe describe, Config* overrides)
    : app_(app), describe_(std::move(describe)), overrides_(overrides) {
  describe_(*this);
  app_.add_option("--config", config_file_, "YAML file with the same keys as the options here")
      ->type_name("FILE");
  app_.add_option("--set", settings_,
                  overrides_ == nullptr
                      ? "Sets one key of the configuration, as in --set seed=3; may be repeated"
                      : "Sets one key of the configuration or of the network's card, as in "
                        "--set seed=3 or --set network.input.mean=[0,0,0]; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void CommandOptions::add(const OptionInfo& info, Kind kind, const std::string& fallback) {
  Flag& flag = flags_.emplace_back();
  flag.info = info;
  flag.kind = kind;
  std::string help = info.help;
  help[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(help[0])));
  if (!info.allowed.empty()) help += ": " + join(info.allowed, ", ");
  const std::string name = flag_of(info.key);
  if (kind == Kind::flag) {
    flag.option = app_.add_flag(name, flag.on, help);
    return;
  }
  if (kind == Kind::list) {
    flag.option = app_.add_option(name, flag.values, help)
                      ->allow_extra_args(false)
                      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  } else {
    flag.option = app_.add_option(name, flag.value, help)
                      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  const std::string value = info.value.empty() ? "VALUE" : info.value;
  flag.option->type_name(value);
  if (!fallback.empty()) flag.option->default_str(fallback);
  // CLI11 would write "VALUE ...", which reads as if blanks separated them.
  if (kind == Kind::list) {
    flag.option->option_text(
        fmt::format("{}[,...]{}", value, fallback.empty() ? "" : "=" + fallback));
  }
}

void CommandOptions::option(const OptionInfo& info, bool&) { add(info, Kind::flag, ""); }
void CommandOptions::option(const OptionInfo& info, int64_t& field) {
  add(info, Kind::value, std::to_string(field));
}
void CommandOptions::option(const OptionInfo& info, double& field) {
  add(info, Kind::value, shortest(field));
}
void CommandOptions::option(const OptionInfo& info, std::string& field) {
  add(info, Kind::value, field);
}
void CommandOptions::option(const OptionInfo& info, std::vector<std::string>& field) {
  add(info, Kind::list, join(field, ","));
}
void CommandOptions::option(const OptionInfo& info, std::optional<int64_t>&) {
  add(info, Kind::value, "");
}
void CommandOptions::option(const OptionInfo& info, std::optional<double>&) {
  add(info, Kind::value, "");
}
void CommandOptions::option(const OptionInfo& info, std::optional<std::string>&) {
  add(info, Kind::value, "");
}

Config CommandOptions::from_flags() const {
  Config layer = Config::from_text("", "command line");
  for (const Flag& flag : flags_) {
    if (flag.option->count() == 0) continue;
    if (flag.kind == Kind::flag) {
      layer.set_text(flag.info.key, flag.on ? "true" : "false");
    } else if (flag.kind == Kind::value) {
      layer.set_text(flag.info.key, flag.value);
    } else {
      std::vector<std::string> items;
      for (const std::string& value : flag.values) {
        for (const std::string& item : split(value, ',')) {
          if (!item.empty()) items.push_back(item);
        }
      }
      layer.set_texts(flag.info.key, items);
    }
  }
  return layer;
}

Config CommandOptions::from_settings() const {
  Config layer = Config::from_text("", "--set");
  for (const std::string& setting : settings_) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError("--set " + setting + ": expected KEY=VALUE");
    }
    const std::string key = setting.substr(0, equals), value = setting.substr(equals + 1);
    if (overrides_ != nullptr && key.starts_with(kNetworkPrefix)) {
      overrides_->set(key.substr(std::string(kNetworkPrefix).size()), value);
    } else {
      layer.set(key, value);
    }
  }
  return layer;
}

void CommandOptions::apply(Config layer) {
  if (overrides_ != nullptr && layer.is_mapping("network")) {
    Config network = layer.take("network", "card");
    const Config card = network.take("card", "name");
    if (card.has("name")) layer.set_text("network", card.require_string("name"));
    overrides_->merge(network);
  }
  OptionReader reader(layer);
  describe_(reader);
  layer.finish();
}

void CommandOptions::resolve() {
  if (!config_file_.empty()) apply(Config::from_file(config_file_));
  apply(from_settings());
  apply(from_flags());
}

}  // namespace strata::cli

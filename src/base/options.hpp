#pragma once

#include "base/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace strata {

/// One option of a command, the same on the command line (`--content-layers`), in a YAML file and
/// under `--set` (`content_layers`), and in the record of a run.
struct OptionInfo {
  std::string key;    ///< snake_case; the flag is "--" + key with dashes
  std::string help;   ///< a sentence fragment with the unit; ends without a full stop
  std::string value;  ///< placeholder in the help, e.g. "N" or "FILE"
  Range range = {};   ///< numbers only
  std::vector<std::string> allowed = {};  ///< strings only: the choices; empty: any
};

/// Walks over the options of a struct. A struct that has options has a method
/// `void describe(OptionVisitor& v)` that calls `v.option(...)` once for each field; its defaults
/// are the fields' initial values and stand nowhere else.
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;
  virtual void option(const OptionInfo& info, bool& field) = 0;
  virtual void option(const OptionInfo& info, int64_t& field) = 0;
  virtual void option(const OptionInfo& info, double& field) = 0;
  virtual void option(const OptionInfo& info, std::string& field) = 0;
  /// On the command line comma-separated, in YAML a list.
  virtual void option(const OptionInfo& info, std::vector<std::string>& field) = 0;
  virtual void option(const OptionInfo& info, std::optional<int64_t>& field) = 0;
  virtual void option(const OptionInfo& info, std::optional<double>& field) = 0;
  virtual void option(const OptionInfo& info, std::optional<std::string>& field) = 0;
};

/// Fills the fields from a mapping; keys that no field has stay unread (Config::finish refuses
/// them).
class OptionReader : public OptionVisitor {
 public:
  explicit OptionReader(const Config& config) : config_(config) {}
  void option(const OptionInfo& info, bool& field) override;
  void option(const OptionInfo& info, int64_t& field) override;
  void option(const OptionInfo& info, double& field) override;
  void option(const OptionInfo& info, std::string& field) override;
  void option(const OptionInfo& info, std::vector<std::string>& field) override;
  void option(const OptionInfo& info, std::optional<int64_t>& field) override;
  void option(const OptionInfo& info, std::optional<double>& field) override;
  void option(const OptionInfo& info, std::optional<std::string>& field) override;

 private:
  const Config& config_;
};

/// The fields as they stand, as a JSON object; an absent optional is null.
class OptionRecorder : public OptionVisitor {
 public:
  explicit OptionRecorder(nlohmann::json& json) : json_(json) {}
  void option(const OptionInfo& info, bool& field) override;
  void option(const OptionInfo& info, int64_t& field) override;
  void option(const OptionInfo& info, double& field) override;
  void option(const OptionInfo& info, std::string& field) override;
  void option(const OptionInfo& info, std::vector<std::string>& field) override;
  void option(const OptionInfo& info, std::optional<int64_t>& field) override;
  void option(const OptionInfo& info, std::optional<double>& field) override;
  void option(const OptionInfo& info, std::optional<std::string>& field) override;

 private:
  nlohmann::json& json_;
};

}  // namespace strata

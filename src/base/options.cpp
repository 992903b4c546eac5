#include "base/options.hpp"

#include <nlohmann/json.hpp>

namespace strata {

void OptionReader::option(const OptionInfo& info, bool& field) {
  field = config_.get_bool(info.key, field);
}
void OptionReader::option(const OptionInfo& info, int64_t& field) {
  field = config_.get_int(info.key, field, info.range);
}
void OptionReader::option(const OptionInfo& info, double& field) {
  field = config_.get_number(info.key, field, info.range);
}
void OptionReader::option(const OptionInfo& info, std::string& field) {
  field = info.allowed.empty() ? config_.get_string(info.key, field)
                               : config_.get_choice(info.key, field, info.allowed);
}
void OptionReader::option(const OptionInfo& info, std::vector<std::string>& field) {
  field = config_.get_strings(info.key, field);
}
void OptionReader::option(const OptionInfo& info, std::optional<int64_t>& field) {
  if (config_.has(info.key)) field = config_.require_int(info.key, info.range);
}
void OptionReader::option(const OptionInfo& info, std::optional<double>& field) {
  if (config_.has(info.key)) field = config_.require_number(info.key, info.range);
}
void OptionReader::option(const OptionInfo& info, std::optional<std::string>& field) {
  if (!config_.has(info.key)) return;
  field = info.allowed.empty() ? config_.require_string(info.key)
                               : config_.get_choice(info.key, "", info.allowed);
}

void OptionRecorder::option(const OptionInfo& info, bool& field) { json_[info.key] = field; }
void OptionRecorder::option(const OptionInfo& info, int64_t& field) { json_[info.key] = field; }
void OptionRecorder::option(const OptionInfo& info, double& field) { json_[info.key] = field; }
void OptionRecorder::option(const OptionInfo& info, std::string& field) { json_[info.key] = field; }
void OptionRecorder::option(const OptionInfo& info, std::vector<std::string>& field) {
  json_[info.key] = field;
}
void OptionRecorder::option(const OptionInfo& info, std::optional<int64_t>& field) {
  json_[info.key] = field ? nlohmann::json(*field) : nlohmann::json();
}
void OptionRecorder::option(const OptionInfo& info, std::optional<double>& field) {
  json_[info.key] = field ? nlohmann::json(*field) : nlohmann::json();
}
void OptionRecorder::option(const OptionInfo& info, std::optional<std::string>& field) {
  json_[info.key] = field ? nlohmann::json(*field) : nlohmann::json();
}

}  // namespace strata

#include "base/config.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace strata {

struct Config::State {
  YAML::Node node{YAML::NodeType::Map};
  std::string source;
  std::string path;
  std::set<std::string> known;
  std::map<std::string, std::shared_ptr<State>> children;

  YAML::Node find(const std::string& key) {
    known.insert(key);
    for (const auto& entry : node) {
      if (entry.first.Scalar() == key) return entry.second;
    }
    return YAML::Node(YAML::NodeType::Undefined);
  }
};

namespace {

constexpr size_t kMaxNodes = 1'000'000;
constexpr int kMaxDepth = 64;

std::string where(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return mark.line >= 0 ? fmt::format("line {}: ", mark.line + 1) : "";
}

/// Refuses what a mapping of settings never needs: keys given twice, keys that are no scalars, and
/// trees that aliases blow up.
void check_tree(const YAML::Node& node, const std::string& source, int depth, size_t& count) {
  if (++count > kMaxNodes || depth > kMaxDepth) {
    throw UsageError(source + ": the YAML is nested too deeply or too large");
  }
  if (node.IsSequence()) {
    for (const auto& item : node) check_tree(item, source, depth + 1, count);
  } else if (node.IsMap()) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        throw UsageError(source + ": " + where(entry.first) + "a key must be a plain word");
      }
      if (!seen.insert(entry.first.Scalar()).second) {
        throw UsageError(fmt::format("{}: {}the key {} is given twice", source, where(entry.first),
                                     entry.first.Scalar()));
      }
      check_tree(entry.second, source, depth + 1, count);
    }
  }
}

YAML::Node parse(std::string_view text, const std::string& source) {
  try {
    YAML::Node node = YAML::Load(std::string(text));
    size_t count = 0;
    check_tree(node, source, 0, count);
    return node;
  } catch (const YAML::Exception& error) {
    throw UsageError(
        fmt::format("{}: line {}: not YAML: {}", source, error.mark.line + 1, error.msg));
  }
}

bool is_quoted(const YAML::Node& scalar) { return scalar.Tag() == "!"; }

std::optional<int64_t> as_int(const YAML::Node& node) {
  if (!node.IsScalar() || is_quoted(node)) return std::nullopt;
  const std::string& text = node.Scalar();
  int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> as_number(const YAML::Node& node) {
  if (!node.IsScalar() || is_quoted(node)) return std::nullopt;
  std::string_view text = node.Scalar();
  if (text == ".inf" || text == "+.inf") return std::numeric_limits<double>::infinity();
  if (text == "-.inf") return -std::numeric_limits<double>::infinity();
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0.0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (std::isnan(value)) return std::nullopt;
  return value;
}

std::optional<bool> as_bool(const YAML::Node& node) {
  if (!node.IsScalar() || is_quoted(node)) return std::nullopt;
  if (node.Scalar() == "true" || node.Scalar() == "yes" || node.Scalar() == "on") return true;
  if (node.Scalar() == "false" || node.Scalar() == "no" || node.Scalar() == "off") return false;
  return std::nullopt;
}

std::string shown(const YAML::Node& node) {
  if (node.IsNull()) return "nothing";
  if (node.IsScalar()) return "'" + node.Scalar() + "'";
  return node.IsMap() ? "a mapping" : "a list";
}

std::string range_text(Range range) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high) return fmt::format(" from {} to {}", shortest(range.low), shortest(range.high));
  if (low) return fmt::format(" of at least {}", shortest(range.low));
  if (high) return fmt::format(" of at most {}", shortest(range.high));
  return "";
}

bool inside(double value, Range range) {
  if (std::isinf(value)) return false;
  return value >= range.low && value <= range.high;
}

void merge_into(YAML::Node& target, const YAML::Node& other) {
  for (const auto& entry : other) {
    const std::string key = entry.first.Scalar();
    YAML::Node mine = target[key];
    if (mine.IsDefined() && mine.IsMap() && entry.second.IsMap()) {
      merge_into(mine, entry.second);
    } else {
      target[key] = YAML::Clone(entry.second);
    }
  }
}

/// Mappings and lists of mappings over lines, lists of scalars in one.
YAML::Node node_of(const nlohmann::json& value) {
  if (value.is_object()) {
    YAML::Node node(YAML::NodeType::Map);
    for (const auto& [key, item] : value.items()) node[key] = node_of(item);
    if (value.empty()) node.SetStyle(YAML::EmitterStyle::Flow);
    return node;
  }
  if (value.is_array()) {
    YAML::Node node(YAML::NodeType::Sequence);
    bool scalars = true;
    for (const auto& item : value) {
      node.push_back(node_of(item));
      scalars = scalars && item.is_primitive();
    }
    node.SetStyle(scalars ? YAML::EmitterStyle::Flow : YAML::EmitterStyle::Block);
    return node;
  }
  if (value.is_null()) return YAML::Node(YAML::NodeType::Null);
  return YAML::Node(value.is_string() ? value.get<std::string>() : value.dump());
}

nlohmann::json json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = json_of(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    nlohmann::json array = nlohmann::json::array();
    for (const auto& item : node) array.push_back(json_of(item));
    return array;
  }
  if (!node.IsScalar()) return nullptr;
  if (const auto value = as_bool(node)) return *value;
  if (const auto value = as_int(node)) return *value;
  if (const auto value = as_number(node); value && std::isfinite(*value)) return *value;
  return node.Scalar();
}

}  // namespace

Config::Config() : state_(std::make_shared<State>()) { state_->source = "settings"; }

Config::Config(std::shared_ptr<State> state) : state_(std::move(state)) {}

Config Config::from_file(const std::filesystem::path& file) {
  return from_text(read_text(file), file.string());
}

Config Config::from_text(std::string_view text, const std::string& source) {
  Config config;
  config.state_->source = source;
  const YAML::Node node = parse(text, source);
  if (node.IsNull()) return config;
  if (!node.IsMap()) throw UsageError(source + ": expected 'key: value' lines at the top");
  config.state_->node = node;
  return config;
}

Config Config::from_json(const nlohmann::json& value) {
  Config config;
  config.state_->node = node_of(value);
  return config;
}

void Config::set(const std::string& dotted_key, const std::string& yaml_value) {
  const std::string source = "--set " + dotted_key;
  const std::vector<std::string> keys = split(dotted_key, '.');
  YAML::Node node = state_->node;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].empty()) throw UsageError(source + ": an empty key; write --set key.key=value");
    if (i + 1 == keys.size()) {
      node[keys[i]] = parse(yaml_value, source);
      return;
    }
    YAML::Node next = node[keys[i]];
    if (!next.IsDefined() || next.IsNull()) {
      node[keys[i]] = YAML::Node(YAML::NodeType::Map);
      next.reset(node[keys[i]]);
    }
    if (!next.IsMap()) {
      throw UsageError(fmt::format("{}: {} is {}, not a mapping", source, keys[i], shown(next)));
    }
    node.reset(next);
  }
}

void Config::set_text(const std::string& key, const std::string& text) { state_->node[key] = text; }

void Config::set_texts(const std::string& key, const std::vector<std::string>& texts) {
  YAML::Node list(YAML::NodeType::Sequence);
  for (const std::string& text : texts) list.push_back(text);
  state_->node[key] = list;
}

Config Config::take(const std::string& key, const std::string& scalar_key) {
  Config taken;
  taken.state_->source = state_->source;
  taken.state_->path = state_->path.empty() ? key : state_->path + "." + key;
  const YAML::Node node = state_->find(key);
  if (!node.IsDefined() || node.IsNull()) return taken;
  if (node.IsScalar()) {
    taken.state_->node[scalar_key] = node.Scalar();
  } else if (node.IsMap()) {
    taken.state_->node = YAML::Clone(node);
  } else {
    fail(key, "found " + shown(node) + ", expected a name or 'key: value' lines");
  }
  state_->node.remove(key);
  state_->known.erase(key);
  return taken;
}

void Config::merge(const Config& other) { merge_into(state_->node, other.state_->node); }

bool Config::has(const std::string& key) const {
  const YAML::Node node = state_->find(key);
  return node.IsDefined() && !node.IsNull();
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> names;
  for (const auto& entry : state_->node) names.push_back(entry.first.Scalar());
  return names;
}

const std::string& Config::source() const { return state_->source; }
const std::string& Config::path() const { return state_->path; }

void Config::fail(const std::string& key, const std::string& why) const {
  const std::string full = state_->path.empty() ? key : state_->path + "." + key;
  throw UsageError(fmt::format("{}: {}: {}", state_->source, full, why));
}

bool Config::get_bool(const std::string& key, bool fallback) const {
  if (!has(key)) return fallback;
  const YAML::Node node = state_->find(key);
  const auto value = as_bool(node);
  if (!value) fail(key, "found " + shown(node) + ", expected true or false");
  return *value;
}

int64_t Config::get_int(const std::string& key, int64_t fallback, Range range) const {
  return has(key) ? require_int(key, range) : fallback;
}

double Config::get_number(const std::string& key, double fallback, Range range) const {
  return has(key) ? require_number(key, range) : fallback;
}

std::string Config::get_string(const std::string& key, const std::string& fallback) const {
  return has(key) ? require_string(key) : fallback;
}

std::string Config::get_choice(const std::string& key,
                               const std::string& fallback,
                               const std::vector<std::string>& allowed) const {
  std::string value = get_string(key, fallback);
  if (!has(key)) return value;
  for (const std::string& choice : allowed) {
    if (choice == value) return value;
  }
  fail(key, fmt::format("found '{}', expected one of {}{}", value, join(allowed),
                        did_you_mean(value, allowed)));
}

std::vector<std::string> Config::get_strings(const std::string& key,
                                             const std::vector<std::string>& fallback) const {
  if (!has(key)) return fallback;
  const YAML::Node node = state_->find(key);
  if (node.IsScalar()) return {node.Scalar()};
  if (!node.IsSequence()) fail(key, "found " + shown(node) + ", expected a list of names");
  std::vector<std::string> values;
  for (const auto& item : node) {
    if (!item.IsScalar()) fail(key, "found " + shown(item) + " in the list, expected a name");
    values.push_back(item.Scalar());
  }
  return values;
}

std::vector<double> Config::get_numbers(const std::string& key,
                                        const std::vector<double>& fallback,
                                        Range range) const {
  if (!has(key)) return fallback;
  const YAML::Node node = state_->find(key);
  const auto number = [&](const YAML::Node& item) {
    const auto value = as_number(item);
    if (!value || !inside(*value, range)) {
      fail(key, "found " + shown(item) + ", expected numbers" + range_text(range));
    }
    return *value;
  };
  if (!node.IsSequence()) return {number(node)};
  std::vector<double> values;
  for (const auto& item : node) values.push_back(number(item));
  return values;
}

std::vector<int64_t> Config::get_ints(const std::string& key,
                                      const std::vector<int64_t>& fallback,
                                      Range range) const {
  if (!has(key)) return fallback;
  const YAML::Node node = state_->find(key);
  const auto number = [&](const YAML::Node& item) {
    const auto value = as_int(item);
    if (!value || !inside(static_cast<double>(*value), range)) {
      fail(key, "found " + shown(item) + ", expected whole numbers" + range_text(range));
    }
    return *value;
  };
  if (!node.IsSequence()) return {number(node)};
  std::vector<int64_t> values;
  for (const auto& item : node) values.push_back(number(item));
  return values;
}

std::string Config::require_string(const std::string& key) const {
  const YAML::Node node = state_->find(key);
  if (!node.IsDefined()) fail(key, "is missing");
  if (!node.IsScalar()) fail(key, "found " + shown(node) + ", expected a text");
  return node.Scalar();
}

int64_t Config::require_int(const std::string& key, Range range) const {
  const YAML::Node node = state_->find(key);
  if (!node.IsDefined()) fail(key, "is missing");
  const auto value = as_int(node);
  if (!value || !inside(static_cast<double>(*value), range)) {
    fail(key, "found " + shown(node) + ", expected a whole number" + range_text(range));
  }
  return *value;
}

double Config::require_number(const std::string& key, Range range) const {
  const YAML::Node node = state_->find(key);
  if (!node.IsDefined()) fail(key, "is missing");
  const auto value = as_number(node);
  if (!value || !inside(*value, range)) {
    fail(key, "found " + shown(node) + ", expected a number" + range_text(range));
  }
  return *value;
}

Config Config::child(const std::string& key) const {
  std::shared_ptr<State>& kept = state_->children[key];
  if (kept) return Config(kept);
  const YAML::Node node = state_->find(key);
  kept = std::make_shared<State>();
  kept->source = state_->source;
  kept->path = state_->path.empty() ? key : state_->path + "." + key;
  if (node.IsDefined() && !node.IsNull()) {
    if (!node.IsMap()) fail(key, "found " + shown(node) + ", expected 'key: value' lines");
    kept->node.reset(node);
  }
  return Config(kept);
}

bool Config::is_list(const std::string& key) const { return state_->find(key).IsSequence(); }
bool Config::is_mapping(const std::string& key) const { return state_->find(key).IsMap(); }
bool Config::is_scalar(const std::string& key) const { return state_->find(key).IsScalar(); }

std::vector<Config> Config::children(const std::string& key, const std::string& scalar_key) const {
  std::vector<Config> items;
  const YAML::Node node = state_->find(key);
  if (!node.IsDefined() || node.IsNull()) return items;
  const auto add = [&](const YAML::Node& item, const std::string& name) {
    std::shared_ptr<State>& kept = state_->children[name];
    if (!kept) {
      kept = std::make_shared<State>();
      kept->source = state_->source;
      kept->path = state_->path.empty() ? name : state_->path + "." + name;
      if (item.IsMap()) {
        kept->node.reset(item);
      } else if (item.IsScalar() && !scalar_key.empty()) {
        kept->node[scalar_key] = item;
      } else {
        fail(name, "found " + shown(item) + ", expected 'key: value' lines");
      }
    }
    items.push_back(Config(kept));
  };
  if (!node.IsSequence()) {
    add(node, key);
    return items;
  }
  size_t index = 0;
  for (const auto& item : node) add(item, fmt::format("{}[{}]", key, index++));
  return items;
}

void Config::finish() const {
  const std::vector<std::string> known(state_->known.begin(), state_->known.end());
  std::vector<std::string> unknown;
  for (const std::string& key : keys()) {
    if (!state_->known.contains(key)) unknown.push_back(key);
  }
  if (!unknown.empty()) {
    std::string others;
    for (size_t i = 1; i < unknown.size(); ++i) others += ", " + unknown[i];
    if (!others.empty()) others = "; also unknown: " + others.substr(2);
    fail(unknown[0], fmt::format("unknown key{}; known: {}{}", did_you_mean(unknown[0], known),
                                 join(known), others));
  }
  for (const auto& [key, child] : state_->children) Config(child).finish();
}

std::string Config::to_yaml() const {
  YAML::Emitter emitter;
  emitter << state_->node;
  return std::string(emitter.c_str()) + "\n";
}

nlohmann::json Config::to_json() const { return json_of(state_->node); }

}  // namespace strata

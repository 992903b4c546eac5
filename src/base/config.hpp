#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace strata {

/// A closed range of allowed numbers.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// Strict reading of a YAML mapping: a wrong type, a value out of range and a key that nobody asked
/// for are UsageErrors naming the source, the dotted key, the value, what is allowed and the
/// nearest known key. Every key that is asked for counts as known; `finish()` refuses the rest,
/// here and in all children. Copies share the same mapping and the same record of what was asked
/// for.
///
/// NaN is never a number here; infinity only where the range allows it. A key given twice in one
/// mapping is an error. Anchors and merges are resolved, tags are ignored.
class Config {
 public:
  /// An empty mapping.
  Config();
  static Config from_file(const std::filesystem::path& file);
  /// `source` names the text in errors.
  static Config from_text(std::string_view text, const std::string& source);

  /// A mapping of values, for showing them as YAML. `value` is an object.
  static Config from_json(const nlohmann::json& value);

  /// Sets a dotted key ("network.input.size") to a value written in YAML ("[224, 224]"), as
  /// `--set key=value` does. Creates mappings on the way.
  void set(const std::string& dotted_key, const std::string& yaml_value);
  /// The same for values that are text already and must not be read as YAML again.
  void set_text(const std::string& key, const std::string& text);
  void set_texts(const std::string& key, const std::vector<std::string>& texts);
  /// Removes `key` and returns the mapping that stood there; a scalar x is returned as the mapping
  /// {scalar_key: x}, an absent key as an empty one.
  Config take(const std::string& key, const std::string& scalar_key);
  /// Adds all keys of `other`; where both have a key, `other` wins; mappings are merged.
  void merge(const Config& other);

  bool has(const std::string& key) const;
  std::vector<std::string> keys() const;
  const std::string& source() const;
  /// The dotted path of this mapping inside its source, "" at the top.
  const std::string& path() const;

  bool get_bool(const std::string& key, bool fallback) const;
  int64_t get_int(const std::string& key, int64_t fallback, Range range = {}) const;
  double get_number(const std::string& key, double fallback, Range range = {}) const;
  std::string get_string(const std::string& key, const std::string& fallback) const;
  /// One of `allowed`; the error lists them and the nearest.
  std::string get_choice(const std::string& key,
                         const std::string& fallback,
                         const std::vector<std::string>& allowed) const;
  /// A list, or a single value standing for a list of one.
  std::vector<std::string> get_strings(const std::string& key,
                                       const std::vector<std::string>& fallback) const;
  std::vector<double> get_numbers(const std::string& key,
                                  const std::vector<double>& fallback,
                                  Range range = {}) const;
  std::vector<int64_t> get_ints(const std::string& key,
                                const std::vector<int64_t>& fallback,
                                Range range = {}) const;

  /// As above for a key that must be there.
  std::string require_string(const std::string& key) const;
  int64_t require_int(const std::string& key, Range range = {}) const;
  double require_number(const std::string& key, Range range = {}) const;

  /// The mapping under `key`; an empty one where the key is absent.
  Config child(const std::string& key) const;
  /// The items of the list under `key`, each as a mapping {key: item} where it is a scalar; empty
  /// where the key is absent.
  bool is_list(const std::string& key) const;
  bool is_mapping(const std::string& key) const;
  bool is_scalar(const std::string& key) const;
  /// The mappings in the list under `key`. A scalar item x is read as the mapping {scalar_key: x}.
  std::vector<Config> children(const std::string& key, const std::string& scalar_key = "") const;

  /// Throws for keys that nobody asked for.
  void finish() const;
  /// A UsageError about one key: "SOURCE: KEY: WHY".
  [[noreturn]] void fail(const std::string& key, const std::string& why) const;

  /// The mapping as it stands: YAML text for people, JSON for hashing and for records. Scalars that
  /// read as numbers or booleans become such, the rest strings.
  std::string to_yaml() const;
  nlohmann::json to_json() const;

 private:
  struct State;
  explicit Config(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace strata

#pragma once

#include "base/error.hpp"
#include "base/text.hpp"

#include <string>
#include <utility>
#include <vector>

namespace strata {

/// What people call the values of an enumeration, in the order in which they are listed.
template <class T>
class EnumNames {
 public:
  /// `what` begins the message about a name that is none: "colour:".
  EnumNames(std::string what, std::vector<std::pair<std::string, T>> table)
      : what_(std::move(what)), table_(std::move(table)) {}

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : table_) names.push_back(name);
    return names;
  }

  /// Throws UsageError listing the names, with the nearest.
  T value(const std::string& wanted) const {
    for (const auto& [name, value] : table_) {
      if (name == wanted) return value;
    }
    throw UsageError(what_ + " \"" + wanted + "\" is not one of " + join(names()) +
                     did_you_mean(wanted, names()));
  }

  /// A value that is not in the table is a Fault.
  std::string name(T wanted) const {
    for (const auto& [name, value] : table_) {
      if (value == wanted) return name;
    }
    throw Fault(what_ + " a value without a name");
  }

 private:
  std::string what_;
  std::vector<std::pair<std::string, T>> table_;
};

}  // namespace strata

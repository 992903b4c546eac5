#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace strata {

/// The exit codes of the program; docs/architecture.md lists them for users.
enum class ExitCode : int {
  ok = 0,
  fault = 1,      ///< a fault of strata itself
  usage = 2,      ///< wrong usage or configuration
  input = 3,      ///< an input cannot be used
  resources = 4,  ///< out of memory or disk
  numerical = 5,  ///< NaN, infinity, no convergence where it was required
  partial = 6,    ///< some jobs of several failed
};

/// Anything a person can mend. `what()` is one line that names the culprit (file, key, value) and
/// says what would be right; it ends up on the terminal as it is.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Wrong usage or configuration: names the key, the value found and what is allowed.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

/// A file that cannot be used. The message reads "FILE: WHY".
class InputError : public Error {
 public:
  InputError(const std::filesystem::path& file, std::string_view why)
      : Error(ExitCode::input, file.string() + ": " + std::string(why)) {}
  explicit InputError(const std::string& message) : Error(ExitCode::input, message) {}
};

/// Out of memory or disk.
class ResourceError : public Error {
 public:
  explicit ResourceError(const std::string& message) : Error(ExitCode::resources, message) {}
};

/// NaN, infinity, or no convergence where it was required.
class NumericalError : public Error {
 public:
  explicit NumericalError(const std::string& message) : Error(ExitCode::numerical, message) {}
};

/// A bug of ours: an internal contract was broken.
class Fault : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void fail_check(const char* expression,
                             const char* file,
                             int line,
                             const std::string& message);

}  // namespace strata

/// A caller's contract inside strata. Never for what a user can cause: that throws an Error.
#define STRATA_CHECK(condition, message) \
  ((condition) ? (void)0 : ::strata::fail_check(#condition, __FILE__, __LINE__, (message)))

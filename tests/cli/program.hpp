#pragma once

#include <string>
#include <vector>

namespace strata::testing {

/// What a run of the program left behind.
struct Outcome {
  int exit_code = -1;  ///< 128 + the signal's number where one ended it
  std::string out;
  std::string err;
};

struct RunOptions {
  /// Largest file the program may write, as on a full disk; 0: no limit.
  size_t file_limit = 0;
  /// A signal to send after so many seconds; 0: none.
  int signal = 0;
  double signal_after = 0;
  /// Wait, before counting `signal_after`, until standard error shows this text.
  std::string signal_when;
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string folder;                    ///< working folder
};

/// Runs the built program with the arguments, its standard input empty.
Outcome strata(const std::vector<std::string>& arguments, const RunOptions& options = {});

}  // namespace strata::testing

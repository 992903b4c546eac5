#pragma once

#include "base/error.hpp"

#include <atomic>
#include <optional>

namespace strata {

/// A request to stop, raised from a signal handler or another thread and read by long loops.
class StopSignal {
 public:
  void request(int signal) noexcept { signal_.store(signal, std::memory_order_relaxed); }
  bool requested() const noexcept { return signal_.load(std::memory_order_relaxed) != 0; }
  /// The signal's number, 0 while none came.
  int signal() const noexcept { return signal_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> signal_{0};
};

/// The one StopSignal of a process, wired to SIGINT, SIGTERM and SIGUSR1. The first signal asks, a
/// second SIGINT ends the process at once. Also ignores SIGXFSZ and SIGPIPE, so that a full disk
/// and a closed pipe are errors of write() and not the end of the process. Called by main only.
StopSignal& install_stop_signal();

/// Thrown by a loop that was asked to stop, after it saved what there is. The message says what was
/// kept and how to go on. The exit code is 130 for SIGINT, else 143.
class Interrupted : public std::runtime_error {
 public:
  Interrupted(int signal, const std::string& message)
      : std::runtime_error(message), signal_(signal) {}
  int exit_code() const;

 private:
  int signal_;
};

}  // namespace strata

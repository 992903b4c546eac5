#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace strata {

/// What the program says while it works, on standard error: messages, warnings and progress bars.
/// Thread-safe. Warnings are kept, so that JSON output and reports can repeat them.
class Log {
 public:
  enum class Level { quiet, normal };

  explicit Log(Level level = Level::normal);
  ~Log();

  void info(const std::string& message);
  /// Shown also when quiet.
  void warn(const std::string& message);
  std::vector<std::string> warnings() const;
  bool quiet() const { return level_ == Level::quiet; }

 private:
  friend class Progress;
  void show_progress(const std::string& line, bool last);
  void clear_line();

  Level level_;
  bool terminal_;
  bool line_open_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> warnings_;
};

/// Progress of one stretch of work with a known number of units: a bar with time left on a
/// terminal, a plain line every ten seconds elsewhere, nothing when quiet.
class Progress {
 public:
  /// `first` units were done before the clock started: they count as done, not for the speed.
  Progress(Log& log, std::string label, int64_t total, int64_t first = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` units of the total; `note` stands at the end of the line ("loss 1.2e5").
  void update(int64_t done, const std::string& note = "");

 private:
  std::string line(const std::string& note) const;

  Log& log_;
  std::string label_;
  int64_t total_;
  int64_t first_;
  int64_t done_;
  std::string note_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
  bool ever_shown_ = false;
};

}  // namespace strata

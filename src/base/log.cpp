#include "base/log.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace strata {

using Clock = std::chrono::steady_clock;

Log::Log(Level level) : level_(level), terminal_(isatty(STDERR_FILENO) == 1) {}

Log::~Log() { clear_line(); }

void Log::clear_line() {
  if (line_open_) std::fputs("\r\x1b[K", stderr);
  line_open_ = false;
}

void Log::info(const std::string& message) {
  if (quiet()) return;
  const std::lock_guard lock(mutex_);
  clear_line();
  std::fputs((message + "\n").c_str(), stderr);
}

void Log::warn(const std::string& message) {
  const std::lock_guard lock(mutex_);
  clear_line();
  std::fputs(("warning: " + message + "\n").c_str(), stderr);
  warnings_.push_back(message);
}

std::vector<std::string> Log::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

void Log::show_progress(const std::string& line, bool last) {
  if (quiet()) return;
  const std::lock_guard lock(mutex_);
  clear_line();
  std::fputs(line.c_str(), stderr);
  line_open_ = terminal_ && !last;
  if (!line_open_) std::fputs("\n", stderr);
  std::fflush(stderr);
}

Progress::Progress(Log& log, std::string label, int64_t total, int64_t first)
    : log_(log),
      label_(std::move(label)),
      total_(total),
      first_(first),
      done_(first),
      start_(Clock::now()),
      shown_(start_) {}

Progress::~Progress() {
  // Work that took no noticeable time leaves no line.
  if (ever_shown_ || Clock::now() - start_ > std::chrono::seconds(1)) {
    log_.show_progress(line(note_), true);
  }
}

std::string Progress::line(const std::string& note) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  std::string text = fmt::format("{} {}/{}", label_, done_, total_);
  if (log_.terminal_) {
    constexpr int kWidth = 24;
    const auto filled = static_cast<int>(total_ > 0 ? done_ * kWidth / total_ : kWidth);
    text = fmt::format("{} [{:<{}}] {}/{}", label_, std::string(static_cast<size_t>(filled), '='),
                       kWidth, done_, total_);
  }
  if (done_ > first_ && done_ < total_) {
    const double each = seconds / static_cast<double>(done_ - first_);
    const double left = each * static_cast<double>(total_ - done_);
    text += ", " + human_seconds(left) + " left";
  } else if (done_ >= total_) {
    text += ", " + human_seconds(seconds);
  }
  return note.empty() ? text : text + ", " + note;
}

void Progress::update(int64_t done, const std::string& note) {
  done_ = std::min(done, total_);
  note_ = note;
  const auto now = Clock::now();
  const auto interval = log_.terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(10);
  if (now - shown_ < interval) return;
  shown_ = now;
  ever_shown_ = true;
  log_.show_progress(line(note), false);
}

}  // namespace strata

#pragma once

#include "base/error.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <latch>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace strata::data {

struct AheadOptions {
  size_t threads = 1;
  size_t window = 1;  ///< results that may be under way or waiting, beyond those taken
};

/// Computes work(0), ..., work(count - 1) on own threads, ahead of a consumer that takes the
/// results in that order; at most `window` of them exist at once. The destructor lets the calls
/// that are under way end and computes no more.
template <class T>
class Ahead {
 public:
  using Work = std::function<T(size_t)>;

  /// `work` is called from several threads. `at_start` is called once on each of them, and has
  /// returned everywhere when the constructor returns.
  Ahead(size_t count,
        const AheadOptions& options,
        Work work,
        const std::function<void()>& at_start = {})
      : count_(count),
        window_(options.window),
        work_(std::move(work)),
        started_(static_cast<std::ptrdiff_t>(std::min(options.threads, count))) {
    STRATA_CHECK(options.threads >= 1 && options.window >= 1, "at least one thread and one place");
    for (size_t i = 0; i < std::min(options.threads, count); ++i) {
      threads_.emplace_back([this, at_start](const std::stop_token& stop) {
        if (at_start) at_start();
        started_.count_down();
        run(stop);
      });
    }
    started_.wait();
  }

  ~Ahead() {
    // All at once: a destructor of each in turn would wait for one while the others still start
    // new work.
    for (std::jthread& thread : threads_) thread.request_stop();
  }
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  /// The next result, or nothing after the last. Rethrows what the call threw; after that, there is
  /// nothing more.
  std::optional<T> next() {
    std::unique_lock lock(mutex_);
    if (taken_ == count_) return std::nullopt;
    done_.wait(lock, [this] { return !results_.empty() && results_.front().ready(); });
    Result result = std::move(results_.front());
    results_.pop_front();
    ++taken_;
    if (result.error) taken_ = claimed_ = count_;
    lock.unlock();
    room_.notify_all();
    if (result.error) std::rethrow_exception(result.error);
    return std::move(result.value);
  }

 private:
  struct Result {
    std::optional<T> value;
    std::exception_ptr error;
    bool ready() const { return value.has_value() || error != nullptr; }
  };

  void run(const std::stop_token& stop) {
    for (;;) {
      std::unique_lock lock(mutex_);
      const bool go = room_.wait(
          lock, stop, [this] { return claimed_ == count_ || claimed_ < taken_ + window_; });
      if (!go || claimed_ == count_) return;
      const size_t index = claimed_++;
      results_.emplace_back();
      lock.unlock();

      Result result;
      try {
        result.value = work_(index);
      } catch (...) {
        result.error = std::current_exception();
      }

      lock.lock();
      // Results wait in order, the first one being that of index `taken_`. None is wanted any more
      // after an error was taken.
      if (claimed_ == count_ && taken_ == count_) return;
      results_[index - taken_] = std::move(result);
      lock.unlock();
      done_.notify_one();
    }
  }

  const size_t count_;
  const size_t window_;
  const Work work_;
  std::latch started_;
  std::mutex mutex_;
  std::condition_variable_any room_;  // for the threads, which also hear the stop request
  std::condition_variable done_;      // for the consumer
  size_t claimed_ = 0;                ///< calls begun
  size_t taken_ = 0;                  ///< results given to the consumer
  std::deque<Result> results_;
  std::vector<std::jthread> threads_;  // last, so that they end before what they use goes
};

}  // namespace strata::data

#include "data/ahead.hpp"

#include "base/error.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

namespace strata::data {
namespace {

void pause_a_little(size_t i) {
  std::this_thread::sleep_for(std::chrono::microseconds(i * 37 % 400));
}

TEST(Ahead, GivesResultsInOrderWhateverThreadIsFirst) {
  for (const size_t threads : {1U, 2U, 5U}) {
    Ahead<size_t> ahead(300, {threads, 7}, [](size_t i) {
      pause_a_little(i);
      return i * i;
    });
    for (size_t i = 0; i < 300; ++i) ASSERT_EQ(ahead.next(), i * i);
    EXPECT_FALSE(ahead.next());
    EXPECT_FALSE(ahead.next());
  }
}

TEST(Ahead, NeverRunsFurtherAheadThanItsWindow) {
  constexpr size_t kWindow = 4;
  std::atomic<size_t> taken{0}, furthest{0};
  Ahead<size_t> ahead(100, {3, kWindow}, [&](size_t i) {
    const size_t lead = i - std::min(i, taken.load());
    size_t seen = furthest.load();
    while (lead > seen && !furthest.compare_exchange_weak(seen, lead)) {
    }
    return i;
  });
  while (ahead.next()) {
    ++taken;
    pause_a_little(taken);
  }
  // A call may begin before `taken` is counted up here.
  EXPECT_LE(furthest.load(), kWindow);
  EXPECT_EQ(taken.load(), 100U);
}

TEST(Ahead, TakesResultsThatCanOnlyBeMoved) {
  Ahead<std::unique_ptr<int>> ahead(
      2, {1, 2}, [](size_t i) { return std::make_unique<int>(static_cast<int>(i)); });
  EXPECT_EQ(**ahead.next(), 0);
  EXPECT_EQ(**ahead.next(), 1);
}

TEST(Ahead, ThrowsInOrderWhatACallThrewAndThenEnds) {
  Ahead<size_t> ahead(50, {4, 8}, [](size_t i) {
    if (i == 3) throw std::runtime_error("the third");
    if (i > 3) pause_a_little(i);
    return i;
  });
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(ahead.next(), i);
  EXPECT_THROW(ahead.next(), std::runtime_error);
  EXPECT_FALSE(ahead.next());
}

TEST(Ahead, EndsAtOnceWhereTheConsumerStopsEarly) {
  std::atomic<size_t> calls{0};
  for (int taken = 0; taken < 4; ++taken) {
    calls = 0;
    {
      Ahead<size_t> ahead(100000, {3, 5}, [&](size_t i) {
        ++calls;
        pause_a_little(i);
        return i;
      });
      for (int i = 0; i < taken; ++i) ahead.next();
    }
    EXPECT_LE(calls.load(), static_cast<size_t>(taken) + 5);
  }
}

TEST(Ahead, PreparesEachThreadBeforeTheConstructorReturns) {
  std::atomic<int> prepared{0};
  const Ahead<int> ahead(
      10, {3, 1}, [](size_t) { return 0; }, [&] { ++prepared; });
  EXPECT_EQ(prepared.load(), 3);
}

TEST(Ahead, OfNothingEndsAtOnce) {
  Ahead<int> ahead(0, {3, 1}, [](size_t) { return 0; });
  EXPECT_FALSE(ahead.next());
}

TEST(Ahead, NeedsAThreadAndAPlace) {
  const auto make = [](const AheadOptions& options) {
    const Ahead<int> ahead(1, options, [](size_t) { return 0; });
  };
  EXPECT_THROW(make({0, 1}), Fault);
  EXPECT_THROW(make({1, 0}), Fault);
}

}  // namespace
}  // namespace strata::data

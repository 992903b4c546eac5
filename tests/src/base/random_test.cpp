#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Random, GivesTheSameNumbersEverywhere) {
  // Worked out by an independent implementation of SplitMix64, FNV-1a and xoshiro256**.
  Random random(0, "");
  EXPECT_EQ(random.bits(), 2393714812739481704ULL);
  EXPECT_EQ(random.bits(), 6581096415885975394ULL);
  Random other(42, "noise");
  EXPECT_EQ(other.bits(), 14756019099482652408ULL);
}

TEST(Random, StreamsOfOneSeedDiffer) {
  Random a(1, "a"), b(1, "b");
  EXPECT_NE(a.bits(), b.bits());
}

TEST(Random, NormalHasTheMomentsOfANormal) {
  Random random(3);
  constexpr int kN = 200000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < kN; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / kN, 0, 0.01);
  EXPECT_NEAR(squares / kN, 1, 0.02);
  EXPECT_NEAR(fourth / kN, 3, 0.1);
}

TEST(Random, BelowIsUniform) {
  Random random(5);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);
}

TEST(Random, ShuffleIsAPermutationAndMoves) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  std::vector<int> shuffled = items;
  Random random(9);
  random.shuffle(std::span(shuffled));
  EXPECT_NE(shuffled, items);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, items);
}

}  // namespace
}  // namespace strata

#include "data/split.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "testing/testing.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace strata::data {
namespace {

using testing::throws;

/// `sizes[k]` rows of label k, shuffled; every row its own group.
SplitRows single_rows(const std::vector<int>& sizes, uint64_t seed) {
  SplitRows rows;
  for (size_t k = 0; k < sizes.size(); ++k) {
    for (int i = 0; i < sizes[k]; ++i) rows.labels.push_back(static_cast<int64_t>(k));
  }
  Random random(seed, "test");
  random.shuffle(std::span(rows.labels));
  return rows;
}

/// Groups of 1 to `largest` rows, one class a group.
SplitRows grouped_rows(size_t groups, size_t classes, size_t largest, uint64_t seed) {
  SplitRows rows;
  Random random(seed, "test");
  for (size_t g = 0; g < groups; ++g) {
    for (size_t i = 0; i <= random.below(largest); ++i) {
      rows.labels.push_back(static_cast<int64_t>(g % classes));
      rows.groups.push_back("group " + std::to_string(g));
    }
  }
  return rows;
}

/// Rows of each label in each part.
template <class Part>
std::map<int64_t, std::map<int64_t, int>> count(const SplitRows& rows, const Part& part) {
  std::map<int64_t, std::map<int64_t, int>> counts;
  for (size_t i = 0; i < rows.labels.size(); ++i) ++counts[rows.labels[i]][part[i]];
  return counts;
}

template <class Part>
bool keeps_groups_together(const SplitRows& rows, const Part& part) {
  std::map<std::string, std::set<int64_t>> parts_of;
  for (size_t i = 0; i < rows.labels.size(); ++i) parts_of[rows.groups[i]].insert(part[i]);
  return std::all_of(parts_of.begin(), parts_of.end(),
                     [](const auto& entry) { return entry.second.size() == 1; });
}

TEST(StratifiedFolds, BalanceEachClassWithinOneRow) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const SplitRows rows = single_rows({5, 17, 40, 23}, seed);
    const auto folds = stratified_folds(rows, 5, seed);
    std::map<int64_t, int> sizes;
    for (const int64_t fold : folds) ++sizes[fold];
    ASSERT_EQ(sizes.size(), 5U);
    for (const auto& [label, by_fold] : count(rows, folds)) {
      ASSERT_EQ(by_fold.size(), 5U) << "class " << label;
      const auto [least, most] =
          std::minmax_element(by_fold.begin(), by_fold.end(),
                              [](const auto& a, const auto& b) { return a.second < b.second; });
      ASSERT_LE(most->second - least->second, 1) << "class " << label << ", seed " << seed;
    }
    // The classes' remainders are spread as well, not all put into the first folds.
    for (const auto& [fold, size] : sizes) ASSERT_NEAR(size, 17, 1) << "seed " << seed;
  }
}

TEST(StratifiedFolds, KeepGroupsTogether) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const SplitRows rows = grouped_rows(60, 3, 9, seed);
    const auto folds = stratified_folds(rows, 5, seed);
    ASSERT_TRUE(keeps_groups_together(rows, folds));
    for (const auto& [label, by_fold] : count(rows, folds)) {
      ASSERT_EQ(by_fold.size(), 5U);
      // Greedy, the largest first: no fold is ahead of another by more than one group.
      for (const auto& [fold, n] : by_fold) {
        for (const auto& [other, m] : by_fold) ASSERT_LE(n - m, 9);
      }
    }
  }
}

TEST(StratifiedFolds, SpreadGroupsThatHoldSeveralClasses) {
  // Twenty patients, each with common rows and half of them with one rare row.
  SplitRows rows;
  for (int g = 0; g < 20; ++g) {
    for (int i = 0; i < 10; ++i) {
      rows.labels.push_back(i == 0 && g % 2 == 0 ? 1 : 0);
      rows.groups.push_back(std::to_string(g));
    }
  }
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto folds = stratified_folds(rows, 5, seed);
    ASSERT_TRUE(keeps_groups_together(rows, folds));
    const auto counts = count(rows, folds);
    for (int64_t fold = 0; fold < 5; ++fold) ASSERT_EQ(counts.at(1).at(fold), 2) << seed;
  }
}

TEST(StratifiedFolds, AnEmptyGroupIsARowOnItsOwn) {
  SplitRows rows = single_rows({6, 6}, 1);
  rows.groups.assign(12, "");
  EXPECT_EQ(stratified_folds(rows, 3, 1), stratified_folds(single_rows({6, 6}, 1), 3, 1));
}

TEST(StratifiedFolds, DependOnTheSeedAlone) {
  const SplitRows rows = single_rows({30, 30}, 1);
  EXPECT_EQ(stratified_folds(rows, 5, 7), stratified_folds(rows, 5, 7));
  EXPECT_NE(stratified_folds(rows, 5, 7), stratified_folds(rows, 5, 8));
}

TEST(StratifiedFolds, AreTheSameOnEveryPlatform) {
  constexpr bool T = true, F = false;
  // From tests/golden/splits.py.
  const SplitRows rows{{0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2},
                       {"a", "a", "", "b", "", "", "c", "c", "d", "", "", ""}};
  EXPECT_EQ(stratified_folds(rows, 2, 42),
            (std::vector<int64_t>{1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1}));
  EXPECT_EQ(stratified_holdout(rows, 0.3, 42),
            (std::vector<bool>{F, F, F, T, T, T, F, F, F, F, F, T}));
}

TEST(StratifiedFolds, NameTheClassThatIsTooSmall) {
  EXPECT_TRUE(throws<UsageError>(
      [] {
        stratified_folds(single_rows({9, 4}, 1), 5, 1);
      },
      "class 1 has 4 groups"));
  const SplitRows one_group{{0, 0, 0}, {"a", "a", "b"}};
  EXPECT_TRUE(throws<UsageError>([&] { stratified_folds(one_group, 3, 1); }, "class 0 has 2"));
  EXPECT_TRUE(throws<UsageError>([&] { stratified_folds(one_group, 1, 1); }, "at least 2"));
}

TEST(StratifiedHoldout, TakesTheShareOfEachClassToTheNearestRow) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const SplitRows rows = single_rows({2, 10, 33, 40}, seed);
    const auto counts = count(rows, stratified_holdout(rows, 0.25, seed));
    EXPECT_EQ(counts.at(0).at(1), 1);
    EXPECT_EQ(counts.at(1).at(1), 3);  // 2.5 is rounded up
    EXPECT_EQ(counts.at(2).at(1), 8);
    EXPECT_EQ(counts.at(3).at(1), 10);
  }
}

TEST(StratifiedHoldout, LeavesAtLeastOneRowOfEachClassOnBothSides) {
  const SplitRows rows = single_rows({2, 3, 4}, 1);
  for (const double fraction : {0.001, 0.999}) {
    for (const auto& [label, sides] : count(rows, stratified_holdout(rows, fraction, 1))) {
      EXPECT_EQ(sides.size(), 2U) << "class " << label;
    }
  }
}

TEST(StratifiedHoldout, KeepsGroupsTogetherAndComesNear) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const SplitRows rows = grouped_rows(60, 3, 6, seed);
    const auto test = stratified_holdout(rows, 0.3, seed);
    ASSERT_TRUE(keeps_groups_together(rows, test));
    for (auto& [label, sides] : count(rows, test)) {
      const double all = sides.at(0) + sides.at(1);
      ASSERT_NEAR(sides.at(1) / all, 0.3, 0.06) << "class " << label << ", seed " << seed;
    }
  }
}

TEST(StratifiedHoldout, DividesAClassOfTwoUnequalGroups) {
  const SplitRows rows{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                       {"a", "a", "a", "a", "a", "a", "a", "a", "a", "b"}};
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const auto test = stratified_holdout(rows, 0.5, seed);
    EXPECT_NE(test.front(), test.back());
  }
}

TEST(StratifiedHoldout, DoesNotPreferLargeGroups) {
  SplitRows rows = single_rows({40}, 1);
  rows.groups.assign(40, "");
  for (size_t i = 0; i < 5; ++i) rows.groups[i] = "large";
  int large = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    large += stratified_holdout(rows, 0.25, seed).front() ? 1 : 0;
  }
  EXPECT_GT(large, 40);
  EXPECT_LT(large, 160);
}

TEST(StratifiedHoldout, NamesWhatCannotBeDivided) {
  EXPECT_TRUE(throws<UsageError>(
      [] {
        stratified_holdout(single_rows({5, 1}, 1), 0.5, 1);
      },
      "class 1 has one group"));
  for (const double fraction : {0.0, 1.0, -0.1, std::nan("")}) {
    EXPECT_TRUE(throws<UsageError>([&] { stratified_holdout(single_rows({5}, 1), fraction, 1); },
                                   "test fraction"));
  }
}

TEST(Splits, OfNothingAreEmpty) {
  EXPECT_TRUE(stratified_folds({}, 5, 1).empty());
  EXPECT_TRUE(stratified_holdout({}, 0.5, 1).empty());
}

}  // namespace
}  // namespace strata::data

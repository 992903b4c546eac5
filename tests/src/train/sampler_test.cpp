#include "train/sampler.hpp"

#include "testing/testing.hpp"

#include <set>
#include <vector>

namespace strata::train {
namespace {

TEST(Sampler, SeesEveryRowOnceAnEpochInAnOrderOfItsOwn) {
  Sampler sampler(10, 4);
  std::vector<int64_t> first, second;
  for (int64_t p = 0; p < 10; ++p) first.push_back(sampler.row(p));
  for (int64_t p = 10; p < 20; ++p) second.push_back(sampler.row(p));
  EXPECT_EQ(std::set<int64_t>(first.begin(), first.end()).size(), 10U);
  EXPECT_EQ(std::set<int64_t>(second.begin(), second.end()).size(), 10U);
  EXPECT_NE(first, second);
  EXPECT_EQ(sampler.epoch(19), 1);
}

TEST(Sampler, BeginsAnywhere) {
  Sampler whole(7, 1), part(7, 1), other(7, 2);
  std::vector<int64_t> a, b, c;
  for (int64_t p = 0; p < 40; ++p) {
    const int64_t row = whole.row(p);
    if (p >= 17) a.push_back(row);
  }
  for (int64_t p = 17; p < 40; ++p) b.push_back(part.row(p));
  for (int64_t p = 17; p < 40; ++p) c.push_back(other.row(p));
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

}  // namespace
}  // namespace strata::train

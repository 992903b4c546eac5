#include "weights/layout.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::throws;
using Numbers = std::vector<int64_t>;
constexpr int64_t kLarge = int64_t{1} << 62U;

TEST(Layout, CountsElementsWithoutOverflow) {
  EXPECT_EQ(element_count(Numbers{}), 1);
  EXPECT_EQ(element_count(Numbers{2, 3, 4}), 24);
  EXPECT_EQ(element_count(Numbers{2, 0, 4}), 0);
  EXPECT_EQ(element_count(Numbers{kLarge, 1}), kLarge);
  EXPECT_EQ(element_count(Numbers{kLarge, 2}), std::nullopt);
  EXPECT_EQ(element_count(Numbers{0, kLarge, kLarge}), std::nullopt);
  EXPECT_EQ(element_count(Numbers{3, -1}), std::nullopt);
}

TEST(Layout, AViewFitsWhereItsLastElementLiesInside) {
  EXPECT_TRUE(view_fits(0, Numbers{2, 3}, Numbers{3, 1}, 6));
  EXPECT_FALSE(view_fits(1, Numbers{2, 3}, Numbers{3, 1}, 6));
  EXPECT_FALSE(view_fits(0, Numbers{2, 3}, Numbers{4, 1}, 6));
  EXPECT_TRUE(view_fits(0, Numbers{1, 3}, Numbers{kLarge, 1}, 3));
  EXPECT_TRUE(view_fits(5, Numbers{}, Numbers{}, 6));
  EXPECT_FALSE(view_fits(6, Numbers{}, Numbers{}, 6));
  EXPECT_TRUE(view_fits(2, Numbers{1000}, Numbers{0}, 3));
  EXPECT_TRUE(view_fits(6, Numbers{0}, Numbers{1}, 6));
  EXPECT_FALSE(view_fits(7, Numbers{0}, Numbers{1}, 6));
}

TEST(Layout, ViewsWithNegativeOrOverflowingNumbersDoNotFit) {
  EXPECT_FALSE(view_fits(-1, Numbers{1}, Numbers{1}, 6));
  EXPECT_FALSE(view_fits(5, Numbers{3}, Numbers{-1}, 6));
  EXPECT_FALSE(view_fits(0, Numbers{3}, Numbers{kLarge}, 6));
  EXPECT_FALSE(view_fits(0, Numbers{3, 3}, Numbers{kLarge / 2, kLarge / 2}, 6));
  EXPECT_FALSE(view_fits(INT64_MAX, Numbers{2}, Numbers{1}, 6));
  EXPECT_FALSE(view_fits(0, Numbers{2, 2}, Numbers{1}, 6));
}

TEST(Layout, NamesShapes) {
  EXPECT_EQ(shape_text(Numbers{}), "scalar");
  EXPECT_EQ(shape_text(Numbers{64, 3, 3}), "64x3x3");
}

TEST(Layout, MemoryThatCannotBeHadIsAResourceError) {
  EXPECT_EQ(allocate(Numbers{2, 3}, at::kHalf).nbytes(), 12U);
  EXPECT_TRUE(throws<ResourceError>([] { allocate(Numbers{kLarge}, at::kDouble); }, "memory"));
}

TEST(Layout, BoolsBecomeZeroOrOne) {
  const at::Tensor bytes = at::arange(0, 4, at::kByte);
  normalise_bools(bytes.view(at::kBool));
  EXPECT_TRUE(at::equal(bytes, at::tensor({0, 1, 1, 1}, at::kByte)));
}

TEST(UnpackLimit, HoldsForAllTogether) {
  const MemorySource source("file", "", std::vector<std::byte>(1000));
  UnpackLimit limit(source);
  limit.take(uint64_t{1} << 26U, "first");
  limit.take(16'000, "second");
  EXPECT_TRUE(throws<InputError>([&] { limit.take(1, "third"); }, "file: third would unpack"));
}

}  // namespace
}  // namespace strata::weights

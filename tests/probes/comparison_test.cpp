#include "probes/comparison.hpp"

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

TEST(Mcnemar, IsTwiceTheTailOfAFairCoin) {
  EXPECT_EQ(mcnemar_p(0, 0), 1.0);
  EXPECT_EQ(mcnemar_p(3, 3), 1.0);
  EXPECT_NEAR(mcnemar_p(0, 5), 2.0 / 32, 1e-12);
  EXPECT_NEAR(mcnemar_p(1, 5), 2.0 * (1 + 6) / 64, 1e-12);
  EXPECT_NEAR(mcnemar_p(5, 1), mcnemar_p(1, 5), 1e-15);
}

TEST(Mcnemar, HoldsForManyPictures) {
  EXPECT_LT(mcnemar_p(4000, 5000), 1e-20);
  EXPECT_GT(mcnemar_p(4990, 5010), 0.8);
}

TEST(Holm, CorrectsInOrderOfSizeAndNeverDecreases) {
  const auto corrected = holm({0.01, 0.04, 0.03});
  EXPECT_NEAR(corrected[0], 0.03, 1e-15);
  EXPECT_NEAR(corrected[2], 0.06, 1e-15);
  EXPECT_NEAR(corrected[1], 0.06, 1e-15);  // 0.04, but not below the one before
  EXPECT_EQ(holm({0.9, 0.8}), (std::vector<double>{1.0, 1.0}));
  EXPECT_TRUE(holm({}).empty());
}

}  // namespace
}  // namespace strata::probes

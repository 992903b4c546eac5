#include "train/correlation.hpp"

#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::train {
namespace {

using testing::normal;

TEST(ChannelCorrelation, IsPearsonsOverAllPositionsOfAllPictures) {
  const at::Tensor a = normal({4, 3, 5, 6}, 1, at::kDouble);
  const at::Tensor b = a * 0.5 + normal({4, 3, 5, 6}, 2, at::kDouble);
  ChannelCorrelation correlation;
  correlation.add(a.narrow(0, 0, 1), b.narrow(0, 0, 1));
  correlation.add(a.narrow(0, 1, 3), b.narrow(0, 1, 3));
  const at::Tensor r = correlation.by_channel();
  std::vector<double> expected;
  for (int64_t c = 0; c < 3; ++c) {
    const at::Tensor pair = at::stack({a.select(1, c).flatten(), b.select(1, c).flatten()});
    expected.push_back(at::corrcoef(pair)[0][1].item<double>());
    EXPECT_NEAR(r[c].item<double>(), expected.back(), 1e-12);
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_NEAR(correlation.median(), expected[1], 1e-12);
  EXPECT_EQ(correlation.silent(), 0);
}

TEST(ChannelCorrelation, LeavesSilentChannelsOutAndCountsThem) {
  at::Tensor a = normal({2, 4, 6, 6}, 3);
  at::Tensor b = a.clone();
  a.select(1, 1).zero_();
  a.select(1, 2).fill_(3.7);
  b.select(1, 3).zero_();  // a student that is silent where the teacher is not
  ChannelCorrelation correlation;
  correlation.add(a, b);
  EXPECT_EQ(correlation.silent(), 2);
  const at::Tensor r = correlation.by_channel();
  EXPECT_NEAR(r[0].item<double>(), 1.0, 1e-9);
  EXPECT_TRUE(std::isnan(r[1].item<double>()));
  EXPECT_TRUE(std::isnan(r[2].item<double>()));
  EXPECT_EQ(r[3].item<double>(), 0.0);
  EXPECT_NEAR(correlation.median(), 0.5, 1e-9);
}

TEST(ChannelCorrelation, HoldsUnderLargeMeans) {
  const at::Tensor noise = normal({1, 1, 64, 64}, 4, at::kDouble);
  ChannelCorrelation correlation;
  correlation.add(noise + 1000.0, noise * 2.0 + 5000.0);
  EXPECT_NEAR(correlation.median(), 1.0, 1e-6);
}

}  // namespace
}  // namespace strata::train

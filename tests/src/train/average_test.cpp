#include "train/average.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::train {
namespace {

TEST(Average, FollowsItsEquation) {
  std::map<std::string, at::Tensor> w = {{"w", at::zeros({2}, at::kDouble)}};
  Average average(w, 0.9);
  w["w"].fill_(1.0);
  average.add(w, 1);  // d = 2 / 11
  const double first = 1.0 - 2.0 / 11.0;
  EXPECT_NEAR(average.values().at("w")[0].item<double>(), first, 1e-15);
  average.add(w, 1000);  // d = 0.9
  EXPECT_NEAR(average.values().at("w")[1].item<double>(), 0.9 * first + 0.1, 1e-15);
  EXPECT_EQ(w["w"][0].item<double>(), 1.0) << "the parameters stay";
}

TEST(Average, GoesOnFromItsValues) {
  const std::map<std::string, at::Tensor> w = {{"w", testing::normal({3}, 1)}};
  Average whole({{"w", at::zeros({3})}}, 0.5), rest({{"w", at::ones({3})}}, 0.5);
  whole.add(w, 50);
  rest.restore(whole.values());
  whole.add(w, 51);
  rest.add(w, 51);
  EXPECT_TRUE(at::equal(whole.values().at("w"), rest.values().at("w")));
}

}  // namespace
}  // namespace strata::train

#include "nn/preprocessing.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::nn {
namespace {

using testing::central_differences;
using testing::normal;
using testing::tensors_close;
using testing::throws;

const Preprocessing kImageNet{.mean = {0.485, 0.456, 0.406}, .std = {0.229, 0.224, 0.225}};
const Preprocessing kCaffe{.bgr = true, .range = 255.0, .mean = {103.939, 116.779, 123.68}};

at::Tensor one_pixel(double r, double g, double b) {
  return at::tensor({r, g, b}, at::kDouble).view({1, 3, 1, 1});
}

TEST(Preprocessing, SubtractsTheMeanAndDividesByTheDeviation) {
  EXPECT_TRUE(tensors_close(preprocess(one_pixel(0.485, 0.68, 0.0), kImageNet),
                            one_pixel(0.0, 1.0, -0.406 / 0.225), 1e-12));
}

TEST(Preprocessing, BringsPixelsToCaffesOrderAndRange) {
  EXPECT_TRUE(tensors_close(preprocess(one_pixel(1.0, 0.5, 0.2), kCaffe),
                            one_pixel(51 - 103.939, 127.5 - 116.779, 255 - 123.68), 1e-12));
}

TEST(Preprocessing, KeepsShapeTypeAndItsArgument) {
  const at::Tensor picture = normal({2, 3, 5, 4}, 1);
  const at::Tensor before = picture.clone();
  const at::Tensor input = preprocess(picture, kCaffe);
  EXPECT_EQ(input.sizes(), picture.sizes());
  EXPECT_EQ(input.scalar_type(), at::kFloat);
  EXPECT_TRUE(picture.equal(before));
}

TEST(Preprocessing, BackwardIsTheDerivative) {
  const at::Tensor picture = normal({2, 3, 3, 2}, 1, at::kDouble);
  const at::Tensor weights = normal({2, 3, 3, 2}, 2, at::kDouble);
  for (const Preprocessing& p : {kImageNet, kCaffe}) {
    const auto f = [&](const at::Tensor& x) {
      const at::Tensor input = preprocess(x, p);
      return (weights * input.square()).sum().item<double>();
    };
    const at::Tensor gradient = preprocess_backward(2 * weights * preprocess(picture, p), p);
    EXPECT_TRUE(tensors_close(gradient, central_differences(f, picture), 1e-7));
  }
}

TEST(Preprocessing, TakesNothingButPictures) {
  EXPECT_TRUE(throws<Fault>([] { preprocess(normal({1, 1, 4, 4}, 1), kImageNet); }, "N x 3"));
  EXPECT_TRUE(throws<Fault>([] { preprocess(normal({3, 4, 4}, 1), kImageNet); }, "N x 3"));
}

}  // namespace
}  // namespace strata::nn

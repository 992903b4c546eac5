#include "styletransfer/initial.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::tensors_close;

TEST(InitialPicture, MeanColourIsWhatPreprocessingMapsToZero) {
  const nn::Preprocessing caffe{.bgr = true, .range = 255.0, .mean = {51, 102, 204}};
  const nn::Preprocessing rgb{.mean = {0.8, 0.4, 0.2}, .std = {0.2, 0.3, 0.4}};
  for (const auto& input : {caffe, rgb}) {
    const at::Tensor colour = mean_colour(input);
    EXPECT_TRUE(tensors_close(colour.flatten(), at::tensor({0.8F, 0.4F, 0.2F}), 1e-6));
    EXPECT_TRUE(tensors_close(nn::preprocess(colour, input), at::zeros({1, 3, 1, 1}), 0.0, 1e-5));
  }
}

TEST(InitialPicture, OfNoiseLiesAboutTheMeanColourAndFollowsItsSeed) {
  const nn::Preprocessing input{.mean = {0.8, 0.4, 0.2}};
  const at::Tensor picture = random_picture({40, 60}, input, 0.05, 7);
  EXPECT_EQ(picture.sizes(), (std::vector<int64_t>{1, 3, 40, 60}));
  const at::Tensor noise = picture - mean_colour(input);
  EXPECT_NEAR(noise.mean().item<double>(), 0.0, 0.005);
  EXPECT_NEAR(noise.std().item<double>(), 0.05, 0.005);
  EXPECT_TRUE(picture.equal(random_picture({40, 60}, input, 0.05, 7)));
  EXPECT_FALSE(picture.equal(random_picture({40, 60}, input, 0.05, 8)));
}

TEST(InitialPicture, OfStyleStatisticsHasTheStylesMeanAndDeviationInEachChannel) {
  at::Tensor style = strata::testing::normal({1, 3, 50, 50}, 1);
  style = style * at::tensor({0.1F, 0.2F, 0.05F}).view({1, 3, 1, 1}) +
          at::tensor({0.2F, 0.5F, 0.7F}).view({1, 3, 1, 1});
  const at::Tensor noise = noise_like(style, {80, 70}, 3);
  EXPECT_TRUE(tensors_close(noise.mean({2, 3}), style.mean({2, 3}), 0.05));
  EXPECT_TRUE(tensors_close(noise.std({2, 3}), style.std({2, 3}), 0.05));
}

}  // namespace
}  // namespace strata::styletransfer

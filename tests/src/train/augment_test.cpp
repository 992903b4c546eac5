#include "train/augment.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::train {
namespace {

using testing::tensors_close;

/// No change but the crop of everything.
AugmentOptions still(int64_t size) {
  AugmentOptions o;
  o.size = size;
  o.scale = {1, 1};
  o.ratio = {1, 1};
  o.flip = 0;
  return o;
}

at::Tensor picture(int64_t height, int64_t width) {
  return testing::normal({1, 3, height, width}, 5).mul(60).add(128).clamp(0, 255).to(at::kByte);
}

at::Tensor made(const at::Tensor& rgb, const AugmentOptions& o, uint64_t seed = 1) {
  Random random(seed);
  return augmented(rgb, o, random);
}

at::Tensor luminance(const at::Tensor& rgb) {
  return rgb.select(1, 0) * 0.299 + rgb.select(1, 1) * 0.587 + rgb.select(1, 2) * 0.114;
}

TEST(Augmentation, LeavesAPictureAsItIsWhereNothingIsAsked) {
  const at::Tensor rgb = picture(12, 12);
  EXPECT_TRUE(tensors_close(made(rgb, still(12)), rgb.to(at::kFloat) / 255, 1e-6));
  const at::Tensor wide = picture(12, 20);
  EXPECT_TRUE(
      tensors_close(made(wide, still(12)), wide.narrow(3, 4, 12).to(at::kFloat) / 255, 1e-6))
      << "the largest square, from the centre";
}

TEST(Augmentation, IsTheSameForOneStateOfTheGenerator) {
  AugmentOptions o;
  o.size = 16;
  o.brightness = o.contrast = o.saturation = 0.4;
  o.hue = 0.1;
  o.grey = 0.2;
  const at::Tensor rgb = picture(40, 30);
  EXPECT_TRUE(at::equal(made(rgb, o, 3), made(rgb, o, 3)));
  EXPECT_FALSE(at::equal(made(rgb, o, 3), made(rgb, o, 4)));
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const at::Tensor result = made(rgb, o, seed);
    EXPECT_EQ(result.sizes().vec(), (std::vector<int64_t>{1, 3, 16, 16}));
    EXPECT_GE(result.min().item<float>(), 0.0F);
    EXPECT_LE(result.max().item<float>(), 1.0F);
  }
}

TEST(Augmentation, CropsHaveTheAreasAndRatiosThatWereAsked) {
  // A picture whose colour is its position: the crop can be read from the corners.
  const int64_t side = 200;
  at::Tensor rgb = at::zeros({1, 3, side, side}, at::kByte);
  rgb[0][0].copy_(at::arange(side).unsqueeze(1).expand({side, side}));
  rgb[0][1].copy_(at::arange(side).unsqueeze(0).expand({side, side}));
  AugmentOptions o = still(64);
  o.scale = {0.25, 0.5};
  o.ratio = {0.5, 2.0};
  double smallest = 1, largest = 0, narrowest = 9, widest = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const at::Tensor result = made(rgb, o, seed) * 255;
    const double h = (result.select(1, 0).max() - result.select(1, 0).min()).item<double>() + 2;
    const double w = (result.select(1, 1).max() - result.select(1, 1).min()).item<double>() + 2;
    const double part = h * w / (200.0 * 200.0);
    smallest = std::min(smallest, part);
    largest = std::max(largest, part);
    narrowest = std::min(narrowest, w / h);
    widest = std::max(widest, w / h);
  }
  EXPECT_NEAR(smallest, 0.25, 0.02);
  EXPECT_NEAR(largest, 0.5, 0.03);
  EXPECT_NEAR(narrowest, 0.5, 0.06);
  EXPECT_NEAR(widest, 2.0, 0.15);
}

TEST(Augmentation, MirrorsWithTheGivenProbability) {
  const at::Tensor rgb = picture(16, 16);
  AugmentOptions o = still(16);
  o.flip = 0.3;
  const at::Tensor as_is = made(rgb, still(16));
  int mirrored = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const at::Tensor result = made(rgb, o, seed);
    if (at::equal(result, as_is.flip({3}))) {
      ++mirrored;
    } else {
      EXPECT_TRUE(at::equal(result, as_is));
    }
  }
  EXPECT_NEAR(mirrored, 90, 25);
}

TEST(Augmentation, ColourChangesKeepWhatTheyPromise) {
  const at::Tensor rgb = at::rand({1, 3, 16, 16}).mul(100).add(80).to(at::kByte);
  const at::Tensor as_is = made(rgb, still(16));

  AugmentOptions grey = still(16);
  grey.grey = 1;
  const at::Tensor g = made(rgb, grey);
  EXPECT_TRUE(at::equal(g.select(1, 0), g.select(1, 2)));
  EXPECT_TRUE(tensors_close(g.select(1, 0), luminance(as_is), 1e-5));

  AugmentOptions hue = still(16);
  hue.hue = 0.05;
  const at::Tensor h = made(rgb, hue);
  EXPECT_FALSE(at::equal(h, as_is));
  EXPECT_TRUE(tensors_close(luminance(h), luminance(as_is), 1e-3)) << "hue keeps luminance";
  EXPECT_TRUE(tensors_close(made(at::full({1, 3, 16, 16}, 90, at::kByte), hue),
                            at::full({1, 3, 16, 16}, 90.0F / 255), 1e-3))
      << "what is grey stays grey";

  AugmentOptions saturation = still(16);
  saturation.saturation = 0.5;
  EXPECT_TRUE(tensors_close(luminance(made(rgb, saturation)), luminance(as_is), 1e-4));

  AugmentOptions contrast = still(16);
  contrast.contrast = 0.2;
  EXPECT_NEAR(luminance(made(rgb, contrast)).mean().item<double>(),
              luminance(as_is).mean().item<double>(), 1e-3);

  AugmentOptions brightness = still(16);
  brightness.brightness = 0.3;
  const at::Tensor ratio = made(rgb, brightness) / as_is;
  EXPECT_NEAR(ratio.min().item<double>(), ratio.max().item<double>(), 1e-4);
}

}  // namespace
}  // namespace strata::train

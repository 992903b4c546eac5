#include "base/error.hpp"
#include "golden_resize.hpp"
#include "image/tensor.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::tensors_close;
using testing::throws;

FitOptions options_for(Fit mode, int64_t size, int64_t resize = 0) {
  FitOptions options;
  options.mode = mode;
  options.size = size;
  options.resize = resize;
  return options;
}

TEST(Fit, CropEqualsTorchvisionsEvaluation) {
  int compared = 0;
  for (const GoldenResize& golden : golden_crops()) {
    const at::Tensor made =
        fit(golden_source(golden), options_for(Fit::crop, golden.size, golden.resize))[0];
    ASSERT_EQ(made.sizes(), golden.values.sizes()) << golden;
    ASSERT_EQ(made.scalar_type(), golden.values.scalar_type()) << golden;
    const double difference =
        (made.to(at::kDouble) - golden.values.to(at::kDouble)).abs().max().item<double>();
    EXPECT_LE(difference, golden.bytes() ? 1.0 : 1e-5) << golden;
    ++compared;
  }
  EXPECT_GE(compared, 14);
}

TEST(Fit, CropRefusesAResizeThatLeavesTooLittle) {
  const at::Tensor picture = golden_picture(40, 50);
  EXPECT_TRUE(throws<UsageError>([&] { fit(picture, options_for(Fit::crop, 24, 20)); },
                                 "resize: 20 is smaller than the size 24"));
}

TEST(Fit, CropRefusesAPictureSoThinThatItsEnlargementIsHuge) {
  const at::Tensor thin = at::zeros({1, 3, 1, 30000}, at::kByte);
  EXPECT_TRUE(throws<InputError>([&] { fit(thin, options_for(Fit::crop, 224, 256)); }, "30000"));
}

TEST(Fit, PadCentresThePictureOnThePaddingValue) {
  FitOptions options = options_for(Fit::pad, 8);
  options.pad_value = 0.25;
  const at::Tensor picture = testing::normal({1, 3, 3, 8}, 1);
  const at::Tensor made = fit(picture, options);
  ASSERT_EQ(made.sizes(), (std::vector<int64_t>{1, 3, 8, 8}));
  EXPECT_TRUE(at::equal(made.narrow(2, 2, 3), picture));  // 5 rows over: 2 above, 3 below
  EXPECT_TRUE((made.narrow(2, 0, 2) == 0.25).all().item<bool>());
  EXPECT_TRUE((made.narrow(2, 5, 3) == 0.25).all().item<bool>());
}

TEST(Fit, PadScalesTheLongSideAndRoundsThePaddingOfBytes) {
  const at::Tensor picture = golden_picture(40, 20);
  const at::Tensor made = fit(picture, options_for(Fit::pad, 10));
  EXPECT_TRUE(
      at::equal(made.narrow(3, 2, 5), resize(picture, 10, 5, Interpolation::bilinear_antialias)));
  EXPECT_TRUE((made.narrow(3, 0, 2) == 128).all().item<bool>());  // round(127.5)
}

TEST(Fit, SquashLosesTheAspectRatio) {
  const at::Tensor picture = testing::normal({1, 3, 30, 17}, 2);
  const at::Tensor made = fit(picture, options_for(Fit::squash, 12));
  EXPECT_TRUE(at::equal(made, resize(picture, 12, 12, Interpolation::bilinear_antialias)));
}

TEST(Fit, NoneGivesThePictureItself) {
  const at::Tensor picture = testing::normal({1, 3, 30, 17}, 3);
  EXPECT_TRUE(fit(picture, options_for(Fit::none, 0)).is_same(picture));
}

TEST(Fit, UsesTheInterpolationAskedFor) {
  const at::Tensor picture = testing::normal({1, 3, 30, 17}, 4);
  FitOptions options = options_for(Fit::squash, 12);
  options.interpolation = Interpolation::nearest;
  EXPECT_TRUE(at::equal(fit(picture, options), resize(picture, 12, 12, Interpolation::nearest)));
}

TEST(Fit, TakesAPictureOfOnePixel) {
  const at::Tensor dot = at::full({1, 3, 1, 1}, 0.5, at::kFloat);
  for (const Fit mode : {Fit::crop, Fit::pad, Fit::squash}) {
    const at::Tensor made = fit(dot, options_for(mode, 4, 5));
    EXPECT_TRUE(tensors_close(made, at::full({1, 3, 4, 4}, 0.5), 1e-6));
  }
}

TEST(Fit, RefusesASizeOfZero) {
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        fit(at::zeros({1, 3, 4, 4}), options_for(Fit::squash, 0));
      },
      "size: found 0"));
}

}  // namespace
}  // namespace strata::image

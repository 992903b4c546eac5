#include "base/error.hpp"
#include "golden_resize.hpp"
#include "image/tensor.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::image {
namespace {

using testing::tensors_close;

/// Largest difference in units of 1 / 255.
double levels(const at::Tensor& a, const at::Tensor& b) {
  const double scale = a.scalar_type() == at::kByte ? 1.0 : 255.0;
  return scale * (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

TEST(Resize, EqualsPilAndTorchvision) {
  int compared = 0;
  for (const GoldenResize& golden : golden_resizes()) {
    const at::Tensor made = resize(golden_source(golden), golden.values.size(1),
                                   golden.values.size(2), interpolation_from(golden.method))[0];
    ASSERT_EQ(made.sizes(), golden.values.sizes()) << golden;
    ASSERT_EQ(made.scalar_type(), golden.values.scalar_type()) << golden;
    // Bytes are rounded twice, once a direction; floats follow another summation order.
    EXPECT_LE(levels(made, golden.values), golden.bytes() ? 1.0 : 0.001) << golden;
    ++compared;
  }
  EXPECT_GE(compared, 50);
}

TEST(Resize, AntialiasedFloatsLieWithinALevelOfPil) {
  for (const GoldenResize& golden : golden_resizes()) {
    if (golden.peer != "pil" || golden.method != "bilinear-antialias") continue;
    const at::Tensor floats =
        resize(golden_source(golden).to(at::kFloat).div(255.0), golden.values.size(1),
               golden.values.size(2), Interpolation::bilinear_antialias)[0];
    EXPECT_LE(levels(floats, golden.values.to(at::kFloat).div(255.0)), 1.0) << golden;
  }
}

/// The mean over each output pixel's source area, summed pixel by pixel with exact overlaps.
at::Tensor area_by_hand(const at::Tensor& nchw, int64_t height, int64_t width) {
  const at::Tensor input = nchw.to(at::kDouble).contiguous();
  at::Tensor output = at::zeros({nchw.size(0), nchw.size(1), height, width}, at::kDouble);
  const double sy = static_cast<double>(nchw.size(2)) / static_cast<double>(height);
  const double sx = static_cast<double>(nchw.size(3)) / static_cast<double>(width);
  const auto overlap = [](double scale, int64_t out, int64_t in) {
    const double begin = std::max(scale * static_cast<double>(out), static_cast<double>(in));
    const double end = std::min(scale * static_cast<double>(out + 1), static_cast<double>(in + 1));
    return std::max(0.0, end - begin);
  };
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t v = 0; v < nchw.size(2); ++v) {
        for (int64_t u = 0; u < nchw.size(3); ++u) {
          const double weight = overlap(sy, y, v) * overlap(sx, x, u) / (sy * sx);
          if (weight > 0)
            output.select(3, x).select(2, y) += weight * input.select(3, u).select(2, v);
        }
      }
    }
  }
  return output;
}

TEST(Resize, AreaIsTheMeanOverEachPixelsSourceArea) {
  const at::Tensor picture = testing::normal({2, 3, 11, 9}, 5);
  const std::vector<std::pair<int64_t, int64_t>> sizes = {{4, 3},  {11, 2},  {1, 1},
                                                          {10, 8}, {17, 20}, {5, 13}};
  for (const auto& [height, width] : sizes) {
    EXPECT_TRUE(tensors_close(resize(picture, height, width, Interpolation::area),
                              area_by_hand(picture, height, width), 1e-6))
        << height << " x " << width;
  }
}

TEST(Resize, AreaByAWholeNumberIsAveragePooling) {
  const at::Tensor picture = testing::normal({1, 3, 12, 18}, 6);
  EXPECT_TRUE(tensors_close(resize(picture, 4, 6, Interpolation::area),
                            at::avg_pool2d(picture, {3, 3}), 1e-6));
}

TEST(Resize, AreaKeepsTheMean) {
  const at::Tensor picture = testing::normal({1, 3, 31, 23}, 7).to(at::kDouble);
  const at::Tensor small = resize(picture, 7, 5, Interpolation::area);
  EXPECT_NEAR(small.mean().item<double>(), picture.mean().item<double>(), 1e-12);
}

const std::vector<std::string>& all_methods() {
  static const std::vector<std::string> methods = {
      "nearest", "bilinear", "bilinear-antialias", "bicubic", "bicubic-antialias", "area"};
  return methods;
}

TEST(Resize, KeepsAnEvenSurface) {
  for (const std::string& method : all_methods()) {
    const at::Tensor bytes = at::full({1, 3, 13, 7}, 201, at::kByte);
    const at::Tensor floats = at::full({1, 3, 13, 7}, 0.7, at::kFloat);
    for (const auto& [height, width] : {std::pair<int64_t, int64_t>{5, 3}, {20, 30}, {1, 1}}) {
      const auto interpolation = interpolation_from(method);
      EXPECT_TRUE((resize(bytes, height, width, interpolation) == 201).all().item<bool>())
          << method << ' ' << height;
      EXPECT_LE((resize(floats, height, width, interpolation) - 0.7).abs().max().item<double>(),
                1e-6)
          << method << ' ' << height;
    }
  }
}

TEST(Resize, BytesAreTheRoundedFloats) {
  const at::Tensor bytes = golden_picture(19, 14);
  for (const std::string& method : all_methods()) {
    if (method == "bicubic-antialias") continue;  // clamps between its passes, as PIL does
    const auto interpolation = interpolation_from(method);
    const at::Tensor made = resize(bytes, 8, 21, interpolation);
    const at::Tensor floats = resize(bytes.to(at::kFloat), 8, 21, interpolation).clamp(0, 255);
    EXPECT_EQ(made.scalar_type(), at::kByte);
    // The byte kernels round once a direction.
    const double allowed = method == "bilinear-antialias" ? 1.0 : 0.0;
    EXPECT_LE(levels(made, floats.round().to(at::kByte)), allowed) << method;
  }
}

TEST(Resize, BytesToOnePixelOfWidthOrHeightAreTheRoundedFloats) {
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {4, 1}, {1, 4}}) {
    for (const std::string& method : all_methods()) {
      const auto interpolation = interpolation_from(method);
      const at::Tensor bytes = golden_picture(13, 9).clamp(50, 200);  // no overshoot to clamp
      const at::Tensor floats = resize(bytes.to(at::kFloat), height, width, interpolation);
      EXPECT_LE(levels(resize(bytes, height, width, interpolation), floats.round().to(at::kByte)),
                1.0)
          << method << ' ' << height << " x " << width;
    }
  }
}

TEST(Resize, TreatsPicturesOfABatchAndMemoryLayoutsAlike) {
  const at::Tensor batch = testing::normal({3, 3, 16, 12}, 8);
  for (const std::string& method : all_methods()) {
    const auto interpolation = interpolation_from(method);
    const at::Tensor made = resize(batch, 7, 15, interpolation);
    const at::Tensor second = resize(batch.narrow(0, 1, 1), 7, 15, interpolation);
    EXPECT_TRUE(tensors_close(made.narrow(0, 1, 1), second, 1e-6)) << method;
    const at::Tensor other =
        resize(batch.contiguous(at::MemoryFormat::ChannelsLast), 7, 15, interpolation);
    EXPECT_TRUE(tensors_close(other, made, 1e-6)) << method;
    EXPECT_TRUE(other.is_contiguous()) << method;
  }
}

TEST(Resize, GivesTheSameSizeBackUnchanged) {
  const at::Tensor picture = testing::normal({1, 3, 5, 6}, 9);
  for (const std::string& method : all_methods()) {
    EXPECT_TRUE(resize(picture, 5, 6, interpolation_from(method)).is_same(picture)) << method;
  }
}

TEST(Resize, RefusesSizesBelowOnePixel) {
  const at::Tensor picture = testing::normal({1, 3, 5, 6}, 9);
  EXPECT_THROW(resize(picture, 0, 6, Interpolation::area), Fault);
  EXPECT_THROW(resize(picture[0], 5, 6, Interpolation::area), Fault);
}

TEST(SizeByLongSide, RoundsTheShortSideAndKeepsAtLeastOnePixel) {
  using Size = std::pair<int64_t, int64_t>;
  EXPECT_EQ(size_by_long_side(300, 400, 200), (Size{150, 200}));
  EXPECT_EQ(size_by_long_side(400, 300, 200), (Size{200, 150}));
  EXPECT_EQ(size_by_long_side(333, 500, 100), (Size{67, 100}));  // 66.6
  EXPECT_EQ(size_by_long_side(1, 8, 4), (Size{1, 4}));           // 0.5
  EXPECT_EQ(size_by_long_side(1, 10000, 100), (Size{1, 100}));   // 0.01
  EXPECT_EQ(size_by_long_side(7, 7, 1), (Size{1, 1}));
  EXPECT_EQ(size_by_long_side(480, 640, 1 << 20), (Size{786432, 1 << 20}));
}

}  // namespace
}  // namespace strata::image

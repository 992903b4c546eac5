#include "styletransfer/colour/luminance.hpp"

#include "styletransfer/fixtures.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::styletransfer {
namespace {

using strata::testing::some_picture;

at::Tensor cb(const at::Tensor& rgb) { return (rgb.select(1, 2) - luma(rgb).select(1, 0)) / 1.772; }
at::Tensor cr(const at::Tensor& rgb) { return (rgb.select(1, 0) - luma(rgb).select(1, 0)) / 1.402; }

double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

TEST(Luminance, KeepsTheContentsChromaAndTheResultsLuma) {
  const at::Tensor content = some_picture(9, 7, 1).to(at::kFloat);
  const at::Tensor result = some_picture(9, 7, 2).to(at::kFloat);
  const at::Tensor mixed = with_chroma_of(content, result);
  EXPECT_LT(largest(cb(mixed) - cb(content)), 1e-6);
  EXPECT_LT(largest(cr(mixed) - cr(content)), 1e-6);
  EXPECT_LT(largest(luma(mixed) - luma(result)), 1e-6);
  EXPECT_LT(largest(with_chroma_of(content, content) - content), 1e-6);
}

TEST(Luminance, OfWhatIsOutsideTheGamutKeepsLumaAndHue) {
  const at::Tensor rgb = at::tensor({1.4, 0.2, -0.1, 0.5, 0.5, 0.5}, at::kDouble)
                             .view({1, 2, 1, 3})
                             .permute({0, 3, 2, 1});
  const InGamut inside = into_gamut(rgb);
  EXPECT_EQ(inside.clipped, 0.5);
  EXPECT_GE(inside.rgb.min().item<double>(), 0.0);
  EXPECT_LE(inside.rgb.max().item<double>(), 1.0);
  EXPECT_LT(largest(luma(inside.rgb) - luma(rgb)), 1e-12);
  const double red = cr(rgb)[0][0][0].item<double>(), blue = cb(rgb)[0][0][0].item<double>();
  EXPECT_NEAR(cr(inside.rgb)[0][0][0].item<double>() / cb(inside.rgb)[0][0][0].item<double>(),
              red / blue, 1e-9);
  EXPECT_TRUE(inside.rgb.select(3, 1).equal(rgb.select(3, 1)));
}

TEST(Luminance, InsideTheGamutChangesNothing) {
  const at::Tensor rgb = some_picture(5, 6, 3);
  const InGamut inside = into_gamut(rgb);
  EXPECT_EQ(inside.clipped, 0.0);
  EXPECT_LT(largest(inside.rgb - rgb), 1e-12);
  const at::Tensor beyond = at::full({1, 3, 2, 2}, 1.5);
  EXPECT_TRUE(into_gamut(beyond).rgb.equal(at::ones({1, 3, 2, 2})));
}

}  // namespace
}  // namespace strata::styletransfer

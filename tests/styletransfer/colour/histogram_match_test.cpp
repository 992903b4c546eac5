#include "styletransfer/colour/histogram_match.hpp"

#include "styletransfer/colour/golden_colours.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::styletransfer {
namespace {

using strata::testing::golden_colours;
using strata::testing::normal;
using strata::testing::tensors_close;

TEST(HistogramMatch, GivesTheColoursOfAnIndependentComputation) {
  const at::Tensor style = golden_colours("style");
  EXPECT_TRUE(tensors_close(HistogramMatch(style, golden_colours("content"))(style),
                            golden_colours("histogram"), 1e-9));
}

TEST(HistogramMatch, OfAPictureToItselfIsTheIdentity) {
  // Few levels, so that many values are equal.
  const at::Tensor picture = (normal({3, 5000}, 1, at::kDouble) * 4.0).round() / 16.0;
  const at::Tensor grey = picture.narrow(0, 0, 1).expand({3, 5000}).contiguous();
  for (const at::Tensor& each : {picture, grey}) {
    EXPECT_LT((HistogramMatch(each, each)(each) - each).abs().max().item<double>(), 1e-9);
  }
}

TEST(HistogramMatch, GivesAPermutedPicturesColoursBack) {
  const at::Tensor content = normal({3, 900}, 2, at::kDouble).abs();
  const at::Tensor style = 0.5 * content.flip(1) + 0.2;  // the same up to scale, elsewhere
  const at::Tensor result = HistogramMatch(style, content)(style);
  EXPECT_LT((result - content.flip(1)).abs().max().item<double>(), 1e-9);
}

TEST(HistogramMatch, NeverGivesNaNForGreyOrEvenPictures) {
  const at::Tensor content = normal({3, 50}, 3);
  const at::Tensor grey = normal({1, 40}, 4).expand({3, 40}).contiguous();
  const at::Tensor flat = at::full({3, 40}, 0.5F);
  for (const at::Tensor& style : {grey, flat}) {
    EXPECT_TRUE(at::isfinite(HistogramMatch(style, content)(style)).all().item<bool>());
    EXPECT_TRUE(at::isfinite(HistogramMatch(content, style)(content)).all().item<bool>());
  }
}

}  // namespace
}  // namespace strata::styletransfer

#include "styletransfer/colour/recolour.hpp"

#include "image/tensor.hpp"
#include "styletransfer/colour/linear_match.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::styletransfer {
namespace {

/// Colours between 0.3 and 0.7, some of each channel in the others.
image::Picture picture(int width, int height, uint64_t seed) {
  cv::RNG random(seed);
  image::Picture made;
  made.rgb.create(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int common = random.uniform(0, 50);
      made.rgb.at<cv::Vec3b>(y, x) = {static_cast<uint8_t>(90 + common + random.uniform(0, 20)),
                                      static_cast<uint8_t>(80 + common + random.uniform(0, 30)),
                                      static_cast<uint8_t>(100 + common)};
    }
  }
  return made;
}

ColourMoments moments(const image::Picture& of) {
  return colour_moments(image::rgb_nchw_01(of).view({3, -1}));
}

TEST(Recolour, GivesAStyleTheContentsMomentsAndKeepsItsSize) {
  const image::Picture style = picture(30, 20, 1);
  image::Picture content = picture(25, 40, 2);
  content.rgb += cv::Scalar(20, -10, 30);
  for (const ColourMode mode :
       {ColourMode::match_chol, ColourMode::match_pca, ColourMode::match_sym}) {
    const Recoloured made = recolour(style, content, mode);
    EXPECT_EQ(made.clipped, 0.0);
    EXPECT_EQ(made.picture.rgb.size(), style.rgb.size());
    EXPECT_EQ(made.picture.bits(), 16);
    const ColourMoments got = moments(made.picture), wanted = moments(content);
    EXPECT_LT((got.mean - wanted.mean).abs().max().item<double>(), 1e-5);
    EXPECT_LT((got.covariance - wanted.covariance).abs().max().item<double>(), 1e-6);
  }
}

TEST(Recolour, ToItselfIsTheIdentity) {
  const image::Picture style = picture(30, 20, 1);
  for (const std::string& name : colour_mode_names()) {
    if (!changes_style(colour_mode_from(name))) continue;
    const Recoloured made = recolour(style, style, colour_mode_from(name));
    const at::Tensor moved = image::rgb_nchw_01(made.picture) - image::rgb_nchw_01(style);
    EXPECT_LT(moved.abs().max().item<double>(), 2e-5) << name;
  }
}

TEST(Recolour, DoesNotLookAtPixelsThatCannotBeSeen) {
  const image::Picture style = picture(30, 20, 1), content = picture(16, 16, 2);
  image::Picture framed = content;
  cv::copyMakeBorder(content.rgb, framed.rgb, 4, 4, 4, 4, cv::BORDER_CONSTANT,
                     cv::Scalar(255, 0, 255));
  cv::copyMakeBorder(cv::Mat(16, 16, CV_8UC1, cv::Scalar(255)), framed.alpha, 4, 4, 4, 4,
                     cv::BORDER_CONSTANT, cv::Scalar(0));
  for (const ColourMode mode : {ColourMode::match_sym, ColourMode::histogram}) {
    EXPECT_LE(cv::norm(recolour(style, framed, mode).picture.rgb,
                       recolour(style, content, mode).picture.rgb, cv::NORM_INF),
              1.0);
  }
}

TEST(Recolour, KeepsAlpha) {
  image::Picture style = picture(12, 10, 1);
  style.alpha = cv::Mat(10, 12, CV_8UC1, cv::Scalar(77));
  EXPECT_EQ(
      recolour(style, picture(9, 9, 2), ColourMode::match_sym).picture.alpha.at<uint16_t>(3, 3),
      77 * 257);
}

}  // namespace
}  // namespace strata::styletransfer

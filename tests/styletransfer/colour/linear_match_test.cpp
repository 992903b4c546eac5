#include "styletransfer/colour/linear_match.hpp"

#include "styletransfer/colour/golden_colours.hpp"
#include "testing/testing.hpp"

#include <map>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::styletransfer {
namespace {

using strata::testing::golden_colours;
using strata::testing::normal;
using strata::testing::tensors_close;

const std::map<std::string, LinearForm> kForms = {
    {"chol", LinearForm::chol}, {"pca", LinearForm::pca}, {"sym", LinearForm::sym}};

at::Tensor matched(const at::Tensor& style, const at::Tensor& content, LinearForm form) {
  return linear_match(colour_moments(style), colour_moments(content), form)(style);
}

/// Colours around a mean; `mix` 3 x R makes their covariance.
at::Tensor colours(const at::Tensor& mix, uint64_t seed) {
  return 0.45 + 0.1 * at::mm(mix, normal({mix.size(1), 300}, seed, at::kDouble));
}

TEST(LinearMatch, HasTheMatricesOfAnIndependentComputation) {
  for (const auto& [name, form] : kForms) {
    const LinearMap map = linear_match(colour_moments(golden_colours("style")),
                                       colour_moments(golden_colours("content")), form);
    EXPECT_TRUE(tensors_close(map.matrix, golden_colours(name), 1e-9)) << name;
  }
}

TEST(LinearMatch, GivesTheContentsMeanAndCovariance) {
  const at::Tensor style = colours(normal({3, 3}, 1, at::kDouble), 2);
  const at::Tensor content = colours(normal({3, 3}, 3, at::kDouble), 4);
  const ColourMoments wanted = colour_moments(content);
  for (const auto& [name, form] : kForms) {
    const ColourMoments got = colour_moments(matched(style, content, form));
    EXPECT_LT((got.mean - wanted.mean).abs().max().item<double>(), 1e-6) << name;
    EXPECT_LT((got.covariance - wanted.covariance).abs().max().item<double>(), 1e-6) << name;
  }
}

TEST(LinearMatch, GivesTheCovarianceOfAContentWithFewerColours) {
  const at::Tensor style = colours(normal({3, 3}, 1, at::kDouble), 2);
  for (const int64_t rank : {0, 1, 2}) {
    const at::Tensor mix = at::zeros({3, 3}, at::kDouble);
    mix.narrow(1, 0, rank).copy_(normal({3, rank}, 5, at::kDouble));
    const at::Tensor content = colours(mix, 4);
    for (const auto& [name, form] : kForms) {
      const ColourMoments got = colour_moments(matched(style, content, form));
      EXPECT_LT((got.covariance - colour_moments(content).covariance).abs().max().item<double>(),
                1e-6)
          << name << ' ' << rank;
    }
  }
}

TEST(LinearMatch, OfAPictureToItselfIsTheIdentity) {
  const at::Tensor grey = at::ones({3, 1}, at::kDouble);
  for (const at::Tensor& mix :
       {normal({3, 3}, 1, at::kDouble), normal({3, 2}, 1, at::kDouble), grey}) {
    const at::Tensor picture = colours(mix, 6);
    for (const auto& [name, form] : kForms) {
      EXPECT_LT((matched(picture, picture, form) - picture).abs().max().item<double>(), 1e-9)
          << name;
    }
  }
}

TEST(LinearMatch, OfAGreyStyleStaysAGreyRampAndNeverGivesNaN) {
  const at::Tensor grey = colours(at::ones({3, 1}, at::kDouble), 7);
  const at::Tensor flat = at::full({3, 300}, 0.3, at::kDouble);
  const at::Tensor content = colours(normal({3, 3}, 3, at::kDouble), 4);
  for (const auto& [name, form] : kForms) {
    for (const at::Tensor& style : {grey, flat}) {
      const at::Tensor result = matched(style, content, form);
      EXPECT_TRUE(at::isfinite(result).all().item<bool>()) << name;
      const ColourMoments got = colour_moments(result);
      EXPECT_LT((got.mean - colour_moments(content).mean).abs().max().item<double>(), 1e-9) << name;
      // One direction at most: the second largest variance is none.
      EXPECT_LT(colour_axes(got.covariance).variances[1].item<double>(), kNoVariance) << name;
    }
    EXPECT_TRUE(at::isfinite(matched(content, grey, form)).all().item<bool>()) << name;
    EXPECT_TRUE(at::isfinite(matched(content, flat, form)).all().item<bool>()) << name;
  }
}

TEST(LinearMatch, OfSymmetricFormMovesColoursTheLeast) {
  const at::Tensor style = colours(normal({3, 3}, 1, at::kDouble), 2);
  const at::Tensor content = colours(normal({3, 3}, 3, at::kDouble), 4);
  const auto moved = [&](LinearForm form) {
    return (matched(style, content, form) - style).square().sum().item<double>();
  };
  EXPECT_LE(moved(LinearForm::sym), moved(LinearForm::chol));
  EXPECT_LE(moved(LinearForm::sym), moved(LinearForm::pca));
}

}  // namespace
}  // namespace strata::styletransfer

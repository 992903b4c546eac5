#include "styletransfer/pictures.hpp"

#include "base/error.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::TemporaryFolder;
using strata::testing::throws;

TEST(Pictures, AreScaledToALongSide) {
  const auto scaled = [](Size size, int64_t side) {
    return with_long_side(size, side, SideRounding::nearest);
  };
  EXPECT_EQ(scaled({300, 400}, 512), (Size{384, 512}));
  EXPECT_EQ(scaled({400, 300}, 100), (Size{100, 75}));
  EXPECT_EQ(scaled({67, 100}, 64), (Size{43, 64}));
  EXPECT_EQ(scaled({1, 1000}, 64), (Size{1, 64}));
  EXPECT_THROW(scaled({10, 10}, 0), UsageError);
  EXPECT_THROW(scaled({10, 10}, int64_t{1} << 21), UsageError);
}

TEST(Pictures, HaveTheirSidesCutToWholePixelsWhereAPresetSaysSo) {
  const auto cut = [](Size size, int64_t side) {
    return with_long_side(size, side, SideRounding::down);
  };
  EXPECT_EQ(cut({67, 100}, 64), (Size{42, 64}));  // 42.88
  EXPECT_EQ(cut({1, 1000}, 64), (Size{1, 64}));
  // int(float(512) / 49 * 49) is 511 in Python.
  EXPECT_EQ(cut({49, 49}, 512), (Size{511, 511}));
}

TEST(Pictures, OfTheStyleHaveTheOutputsLongSideTheirOwnOrOneInPixels) {
  const Size style{300, 600};
  const auto at = [&](const char* rule, int64_t scale_side) {
    return style_size_at(style_size_from(rule), style, scale_side, 512, SideRounding::nearest);
  };
  EXPECT_EQ(at("output", 256), (Size{128, 256}));
  EXPECT_EQ(at("own", 512), style);
  EXPECT_EQ(at("own", 256), (Size{150, 300}));
  EXPECT_EQ(at("400", 512), (Size{200, 400}));
  EXPECT_EQ(at("400", 128), (Size{50, 100}));
}

TEST(Pictures, WithAStyleSizeThatIsNoneAreRefused) {
  for (const char* text : {"", "outputs", "0", "-3", "12px", "1.5", "99999999999"}) {
    EXPECT_TRUE(throws<UsageError>([&] { style_size_from(text); }, "style_size"));
  }
}

TEST(Pictures, AreRoundedToEightBitsWhereAPresetSaysSo) {
  const TemporaryFolder folder;
  Log log(Log::Level::quiet);
  const SourcePicture source =
      load_picture(strata::testing::write_picture(folder / "a.png", 40, 30, 1), "content", log);
  EXPECT_EQ(source.size(), (Size{30, 40}));
  Preset preset;
  const auto is_eight_bit = [&] {
    const at::Tensor levels = sized(source, {17, 23}, preset, at::kDouble) * 255.0;
    return (levels - levels.round()).abs().max().item<double>() < 1e-4;
  };
  EXPECT_FALSE(is_eight_bit());
  preset.eight_bit = true;
  preset.interpolation = image::Interpolation::bilinear_antialias;
  EXPECT_TRUE(is_eight_bit());
}

TEST(Pictures, StayBetweenZeroAndOneWhenACubicOvershoots) {
  at::Tensor edge = at::zeros({1, 3, 8, 8});
  edge.narrow(3, 4, 4).fill_(1.0);
  const at::Tensor larger = resized(edge, {32, 32}, image::Interpolation::bicubic_antialias);
  EXPECT_GE(larger.min().item<float>(), 0.0F);
  EXPECT_LE(larger.max().item<float>(), 1.0F);
  EXPECT_TRUE(resized(edge, {8, 8}, image::Interpolation::bicubic).equal(edge));
}

TEST(Pictures, WithTransparencyThatIsNotUsedAreWarnedAbout) {
  const TemporaryFolder folder;
  image::Picture picture;
  picture.rgb = cv::Mat(8, 9, CV_8UC3, cv::Scalar(1, 2, 3));
  picture.alpha = cv::Mat(8, 9, CV_8UC1, cv::Scalar(7));
  image::encode(folder / "a.png", picture);
  Log log(Log::Level::quiet);
  load_picture((folder / "a.png").string(), "style", log);  // it is a mask there
  EXPECT_TRUE(log.warnings().empty());
  load_picture((folder / "a.png").string(), "initial", log);
  ASSERT_EQ(log.warnings().size(), 1U);
  EXPECT_NE(log.warnings().front().find("transparency of the initial picture"), std::string::npos);
}

TEST(Pictures, OfAFewPixelsAreRefusedByName) {
  const TemporaryFolder folder;
  image::Picture picture;
  picture.rgb = cv::Mat(7, 40, CV_8UC3, cv::Scalar(1, 2, 3));
  image::encode(folder / "strip.png", picture);
  Log log(Log::Level::quiet);
  EXPECT_TRUE(
      throws<InputError>([&] { load_picture((folder / "strip.png").string(), "content", log); },
                         "strip.png: 40 x 7 is too small"));
}

}  // namespace
}  // namespace strata::styletransfer

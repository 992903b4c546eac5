#include "styletransfer/masks/mask_file.hpp"

#include "base/error.hpp"
#include "styletransfer/fixtures.hpp"
#include "styletransfer/masks/pictures.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

namespace strata::styletransfer {
namespace {

using strata::testing::throws;
using strata::testing::write_colours;

class MaskFile : public ::testing::Test {
 protected:
  MaskFile() {
    picture_.file = strata::testing::write_picture(folder_ / "picture.png", 12, 10, 1);
    picture_.picture = image::decode(picture_.file);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  strata::testing::TemporaryFolder folder_;
  SourcePicture picture_;
};

TEST_F(MaskFile, OfGreyIsASoftMaskWithWhiteInside) {
  const auto file = write_colours(path("m.png"), 12, 10, [](int x, int) {
    return x == 0 ? 0xffffffU : x == 1 ? 0x333333U : 0U;
  });
  const MaskPicture mask = read_mask(file, picture_);
  ASSERT_TRUE(mask.soft.defined());
  EXPECT_EQ(mask.soft.sizes(), (at::IntArrayRef{1, 1, 10, 12}));
  EXPECT_EQ(mask.soft[0][0][3][0].item<float>(), 1.0F);
  EXPECT_FLOAT_EQ(mask.soft[0][0][3][1].item<float>(), 0.2F);
  EXPECT_EQ(mask.soft[0][0][3][2].item<float>(), 0.0F);
}

TEST_F(MaskFile, OfColoursIsARegionAColour) {
  const auto file = write_colours(path("m.png"), 12, 10,
                                  [](int x, int) { return x < 4 ? 0xff0000U : 0x0000ffU; });
  const MaskPicture mask = read_mask(file, picture_);
  ASSERT_EQ(mask.labels.size(), 2U);
  EXPECT_EQ(mask.labels.at("#ff0000").sum().item<float>(), 40.0F);
  EXPECT_EQ(mask.labels.at("#0000ff").sum().item<float>(), 80.0F);
}

TEST_F(MaskFile, LeavesOutWhatIsTransparentInIt) {
  const auto file = write_colours(
      path("m.png"), 12, 10, [](int x, int) { return x < 4 ? 0xff00ff00U : 0x0000ffU; }, true);
  const MaskPicture mask = read_mask(file, picture_);
  ASSERT_EQ(mask.labels.size(), 1U);
  EXPECT_EQ(mask.labels.begin()->first, "#00ff00");
}

TEST_F(MaskFile, OfAnotherSizeIsRefusedWithBothSizes) {
  const auto file = strata::testing::write_right_side(path("m.png"), 13, 10, 5);
  EXPECT_TRUE(throws<InputError>([&] { read_mask(file, picture_); }, "13 x 10"));
  EXPECT_TRUE(throws<InputError>([&] { read_mask(file, picture_); }, "12 x 10"));
}

TEST_F(MaskFile, WithNothingInsideOrTooManyColoursIsRefusedByName) {
  const auto black = write_colours(path("black.png"), 12, 10, [](int, int) { return 0U; });
  EXPECT_TRUE(throws<InputError>([&] { read_mask(black, picture_); }, "black.png: nothing"));
  const auto smooth = write_colours(path("smooth.png"), 12, 10, [](int x, int y) {
    return static_cast<uint32_t>(x * 12 + y * 65536);
  });
  EXPECT_TRUE(throws<InputError>([&] { read_mask(smooth, picture_); }, "exact colour"));
  EXPECT_TRUE(throws<InputError>([&] { read_soft_mask(picture_.file, picture_); }, "picture.png"));
}

TEST_F(MaskFile, OpacityIsTheAlphaChannelWhereItSaysAnything) {
  image::Picture picture = picture_.picture;
  EXPECT_FALSE(opacity(picture).defined());
  picture.alpha = cv::Mat(10, 12, CV_8UC1, cv::Scalar(255));
  EXPECT_FALSE(opacity(picture).defined());
  picture.alpha.at<uint8_t>(2, 3) = 51;
  EXPECT_FLOAT_EQ(opacity(picture)[0][0][2][3].item<float>(), 0.2F);
}

TEST_F(MaskFile, IsResizedWithItsPicture) {
  at::Tensor mask = at::zeros({1, 1, 10, 12});
  mask.narrow(3, 6, 6).fill_(1.0);
  const at::Tensor half = resized_mask(mask, {5, 6});
  EXPECT_EQ(half.sizes(), (at::IntArrayRef{1, 1, 5, 6}));
  EXPECT_EQ(half[0][0][2][5].item<float>(), 1.0F);
  EXPECT_EQ(half[0][0][2][0].item<float>(), 0.0F);
}

}  // namespace
}  // namespace strata::styletransfer

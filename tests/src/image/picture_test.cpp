#include "image/picture.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "raw_files.hpp"
#include "testing/testing.hpp"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace strata::image {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using testing::throws;

size_t files_in(const fs::path& folder) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

TEST(Decode, TellsTheFormatByTheFirstBytesAndNotByTheName) {
  const TemporaryFolder folder;
  const Picture picture = noise(6, 4, 8, false);
  for (const std::string format : {"png", "jpeg", "tiff", "webp"}) {
    encode(folder / ("a." + format), picture);
    fs::rename(folder / ("a." + format), folder / "misnamed.txt");
    EXPECT_EQ(decode(folder / "misnamed.txt").format, format);
  }
}

TEST(Decode, NamesFilesThatAreMissingEmptyFoldersOrNotPictures) {
  const TemporaryFolder folder;
  EXPECT_TRUE(
      throws<InputError>([&] { decode(folder / "nowhere.png"); }, "nowhere.png: no such file"));
  EXPECT_TRUE(throws<InputError>([&] { decode(folder.path()); }, "is a folder"));
  write_file(folder / "empty.png", "");
  EXPECT_TRUE(throws<InputError>([&] { decode(folder / "empty.png"); }, "empty.png: is empty"));
  write_file(folder / "text.jpg", "this is not a picture\n");
  EXPECT_TRUE(throws<InputError>([&] { decode(folder / "text.jpg"); },
                                 "text.jpg: is not a picture; PNG, JPEG"));
}

TEST(Decode, RefusesMorePixelsThanAllowedInEveryFormat) {
  const TemporaryFolder folder;
  DecodeOptions options;
  options.max_pixels = 23;
  for (const std::string name : {"a.png", "a.jpg", "a.tif", "a.webp"}) {
    encode(folder / name, noise(6, 4, 8, false));
    EXPECT_TRUE(throws<InputError>([&] { decode(folder / name, options); },
                                   name + ": has 6 x 4 pixels, more than the 23 allowed"));
  }
}

TEST(Decode, TakesAPictureOfOnePixel) {
  const TemporaryFolder folder;
  for (const std::string name : {"a.png", "a.jpg", "a.tif", "a.webp"}) {
    encode(folder / name, noise(1, 1, 8, false));
    EXPECT_EQ(decode(folder / name).rgb.size(), cv::Size(1, 1));
  }
}

TEST(Encode, TakesTheFormatFromTheEndingInAnyCase) {
  const TemporaryFolder folder;
  const Picture picture = noise(6, 4, 8, false);
  const std::vector<std::pair<std::string, std::string>> endings = {
      {".PNG", "png"},   {".Jpg", "jpeg"}, {".jpeg", "jpeg"},
      {".TIFF", "tiff"}, {".tif", "tiff"}, {".WebP", "webp"}};
  for (const auto& [ending, format] : endings) {
    encode(folder / ("a" + ending), picture);
    EXPECT_EQ(decode(folder / ("a" + ending)).format, format);
  }
}

TEST(Encode, RefusesOtherEndingsAndListsThose) {
  EXPECT_TRUE(throws<UsageError>([] { check_encodable("out.gif"); }, "out.gif: the ending '.gif'"));
  EXPECT_TRUE(throws<UsageError>([] { check_encodable("out"); }, ".png, .jpg"));
  EXPECT_TRUE(throws<UsageError>([] { encode("out.gif", noise(2, 2, 8, false)); }, "out.gif"));
  check_encodable("some.where/out.PNG");
  check_encodable("out.tif", 16);
  EXPECT_TRUE(throws<UsageError>([] { check_encodable("out.jpg", 16); }, "out.jpg holds 8 bits"));
  EXPECT_TRUE(throws<UsageError>([] { check_encodable("out.webp", 16); }, "use .png or .tiff"));
  EXPECT_TRUE(throws<UsageError>([] { check_encodable("out.png", 12); }, "bits: found 12"));
}

TEST(Encode, RefusesWhatAFormatCannotHold) {
  const TemporaryFolder folder;
  EXPECT_TRUE(throws<UsageError>([&] { encode(folder / "a.jpg", noise(2, 2, 8, true)); },
                                 "a.jpg: .jpg holds no transparency"));
  EXPECT_TRUE(throws<UsageError>([&] { encode(folder / "a.webp", noise(16384, 1, 8, false)); },
                                 "at most 16383 pixels a side, not 16384"));
  EXPECT_TRUE(throws<UsageError>([&] { encode(folder / "a.jpg", noise(1, 65501, 8, false)); },
                                 "at most 65500"));
  EncodeOptions options;
  options.jpeg_quality = 101;
  EXPECT_TRUE(throws<UsageError>([&] { encode(folder / "a.jpg", noise(2, 2, 8, false), options); },
                                 "jpeg_quality: found 101"));
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(Encode, ReplacesAFileOnlyByACompleteOne) {
  const TemporaryFolder folder;
  const Picture before = noise(40, 40, 8, false, 1), after = noise(400, 400, 8, false, 2);
  encode(folder / "a.png", before);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{10000, old.rlim_max};
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const auto result = throws<ResourceError>([&] { encode(folder / "a.png", after); }, "a.png");
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, previous);
  EXPECT_TRUE(result);
  EXPECT_TRUE(same_pixels(decode(folder / "a.png"), before));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(Encode, WritesAPartOfALargerPicture) {
  const TemporaryFolder folder;
  const Picture large = noise(20, 20, 8, true);
  Picture part;
  part.rgb = large.rgb(cv::Rect(3, 4, 10, 9));
  part.alpha = large.alpha(cv::Rect(3, 4, 10, 9));
  for (const std::string name : {"a.png", "a.tif"}) {
    encode(folder / name, part);
    EXPECT_TRUE(same_pixels(decode(folder / name), part)) << name;
  }
}

TEST(Encode, ChecksThatAlphaFitsTheColours) {
  Picture picture = noise(4, 4, 8, false);
  picture.alpha = cv::Mat(4, 4, CV_16UC1);
  EXPECT_THROW(encode("a.png", picture), Fault);
  EXPECT_THROW(encode("a.png", Picture{}), Fault);
}

TEST(Decode, ReadsTheSharedPhotographs) {
  const auto data = testing::shared_data();
  if (!data) GTEST_SKIP() << testing::kNoSharedData;
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(*data / "images")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_GE(decode(entry.path()).width(), 100) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 5);
}

}  // namespace
}  // namespace strata::image

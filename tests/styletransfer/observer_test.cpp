#include "styletransfer/observer.hpp"

#include "image/picture.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <filesystem>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

namespace fs = std::filesystem;
using strata::testing::some_picture;
using strata::testing::TemporaryFolder;

TEST(PreviewObserver, WritesWheneverAnotherNumberOfEvaluationsIsDone) {
  const TemporaryFolder folder;
  const fs::path file = folder / "preview.png";
  Log log(Log::Level::quiet);
  const auto observer = make_preview_observer(file, 10, log);
  const at::Tensor picture = some_picture(6, 9, 1);
  const auto written_at = [&](int64_t evaluations) {
    fs::remove(file);
    observer->at({.evaluations = evaluations, .picture = picture});
    return fs::exists(file);
  };
  EXPECT_FALSE(written_at(9));
  EXPECT_TRUE(written_at(11));  // iterations of several evaluations may pass over a multiple
  EXPECT_EQ(image::decode(file).width(), 9);
  EXPECT_FALSE(written_at(19));
  EXPECT_TRUE(written_at(20));
}

TEST(PreviewObserver, ThatCannotWriteWarnsOnceAndLetsTheRunGoOn) {
  const TemporaryFolder folder;
  Log log(Log::Level::quiet);
  const auto observer = make_preview_observer(folder / "nowhere" / "preview.png", 1, log);
  const at::Tensor picture = some_picture(6, 9, 2);
  for (int64_t i = 1; i < 4; ++i) observer->at({.evaluations = i, .picture = picture});
  ASSERT_EQ(log.warnings().size(), 1U);
  EXPECT_NE(log.warnings().front().find("preview not written"), std::string::npos);
}

TEST(ProgressObserver, SaysNothingWhereTheLogIsQuiet) {
  ::testing::internal::CaptureStderr();
  {
    Log log(Log::Level::quiet);
    const auto observer = make_progress_observer(log);
    observer->at({.work = 1.0, .picture = some_picture(6, 9, 3)});
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace strata::styletransfer

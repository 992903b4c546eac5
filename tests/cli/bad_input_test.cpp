// Every wrong input gets its exit code, one line that names the culprit, and leaves nothing behind.

#include "base/file.hpp"
#include "cli/fixtures.hpp"
#include "cli/program.hpp"
#include "testing/testing.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// A folder with small pictures and a small network with random weights.
class BadInput : public ::testing::Test {
 protected:
  void SetUp() override {
    write_picture(folder_ / "content.png", 48, 40, 1);
    write_picture(folder_ / "style.png", 40, 40, 2);
    before_ = files();
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::vector<std::string> stylize(const std::string& content,
                                   const std::string& style,
                                   std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {
        "stylize",   content,  style,    "-o", path("out.png"), "--network", "vgg11",
        "--weights", "random", "--size", "48", "--iterations",  "2",         "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// Exit code, one line, the culprit in it, no new file.
  void expect_refused(const std::vector<std::string>& arguments,
                      int code,
                      const std::string& culprit,
                      const RunOptions& options = {}) {
    const Outcome outcome = strata(arguments, options);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(culprit));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_THAT(outcome.err, ::testing::StartsWith("strata: "));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(files(), before_);
  }

  TemporaryFolder folder_;
  std::vector<std::string> before_;
};

TEST_F(BadInput, AMissingPictureIsNamed) {
  expect_refused(stylize(path("nowhere.png"), path("style.png")), 3, "nowhere.png: no such file");
  expect_refused(stylize(path("content.png"), path("nowhere.png")), 3, "nowhere.png");
}

TEST_F(BadInput, TextRenamedToJpegIsNamed) {
  write_file(folder_ / "text.jpg", "this is not a picture\n");
  before_ = files();
  expect_refused(stylize(path("text.jpg"), path("style.png")), 3, "text.jpg");
}

TEST_F(BadInput, ATruncatedJpegIsNamed) {
  write_picture(folder_ / "whole.jpg", 64, 64, 3);
  const auto bytes = read_file(folder_ / "whole.jpg");
  write_file(folder_ / "cut.jpg", std::span(bytes).first(bytes.size() / 2));
  before_ = files();
  expect_refused(stylize(path("cut.jpg"), path("style.png")), 3, "cut.jpg");
}

TEST_F(BadInput, WeightsOfZeroBytesAreNamed) {
  write_file(folder_ / "empty.safetensors", "");
  before_ = files();
  expect_refused(
      stylize(path("content.png"), path("style.png"), {"--weights", path("empty.safetensors")}), 3,
      "empty.safetensors");
}

TEST_F(BadInput, WeightsForAnotherNetworkAreNamed) {
  write_other_weights(folder_ / "other.safetensors");
  before_ = files();
  expect_refused(
      stylize(path("content.png"), path("style.png"), {"--weights", path("other.safetensors")}), 3,
      "other.safetensors");
}

TEST_F(BadInput, AMaliciousPickleIsNotExecuted) {
  write_malicious_checkpoint(folder_ / "evil.pth", folder_ / "executed");
  before_ = files();
  expect_refused(stylize(path("content.png"), path("style.png"), {"--weights", path("evil.pth")}),
                 3, "evil.pth");
  EXPECT_FALSE(fs::exists(folder_ / "executed"));
}

TEST_F(BadInput, CaffesVgg19IsRefusedByTorchvisionsCard) {
  const auto data = shared_data();
  if (!data) GTEST_SKIP() << kNoSharedData;
  const std::string file = (*data / "weights/vgg19_conv1_1-conv3_4.safetensors").string();
  expect_refused(stylize(path("content.png"), path("style.png"),
                         {"--network", "vgg19", "--weights", file, "--style-layers", "relu1_1",
                          "--content-layers", "relu3_1"}),
                 3, "vgg19_caffe");
}

TEST_F(BadInput, AnUnknownLayerIsNamedWithTheNearest) {
  expect_refused(stylize(path("content.png"), path("style.png"), {"--style-layers", "relu1_l"}), 2,
                 "did you mean relu1_1?");
}

TEST_F(BadInput, AnUnknownKeyIsNamedWithTheNearest) {
  write_file(folder_ / "c.yaml", "szie: 48\n");
  before_ = files();
  expect_refused(stylize(path("content.png"), path("style.png"), {"--config", path("c.yaml")}), 2,
                 "did you mean size?");
  expect_refused(
      {"stylize", path("content.png"), path("style.png"), "-o", path("o.png"), "--szie", "48"}, 2,
      "--size");
}

TEST_F(BadInput, AnUnknownKeyInASweepIsNamedWithTheNearest) {
  write_file(folder_ / "sweep.yaml", "networks: [vgg11]\ndata: {path: .}\nfeatuers: [gap]\n");
  before_ = files();
  expect_refused({"probe", path("sweep.yaml"), "-o", path("run")}, 2, "did you mean features?");
}

TEST_F(BadInput, APictureOfOnePixelIsNamed) {
  write_picture(folder_ / "dot.png", 1, 1, 4);
  before_ = files();
  expect_refused(stylize(path("dot.png"), path("style.png")), 3, "dot.png");
}

TEST_F(BadInput, AnOutputFolderThatIsAFileIsNamed) {
  write_file(folder_ / "file", "x");
  before_ = files();
  expect_refused({"stylize", path("content.png"), path("style.png"), "-o", path("file/out.png")}, 3,
                 "file: is a file");
  expect_refused({"probe", "configs/probes/none.yaml", "-o", path("file")}, 3, "none.yaml");
  write_file(folder_ / "sweep.yaml", "networks: [vgg11]\ndata: {path: .}\n");
  before_ = files();
  expect_refused({"probe", path("sweep.yaml"), "-o", path("file")}, 3, "file");
}

TEST_F(BadInput, AFullDiskIsExitFour) {
  RunOptions options;
  options.file_limit = 512;
  expect_refused(stylize(path("content.png"), path("style.png")), 4, "out.png", options);
}

TEST_F(BadInput, AnOutputOfUnknownFormatIsRefusedBeforeWork) {
  expect_refused({"stylize", path("content.png"), path("style.png"), "-o", path("out.gif")}, 2,
                 "out.gif");
}

TEST_F(BadInput, AnUnknownCommandOrNetworkNamesTheNearest) {
  expect_refused({"styliz", "a", "b"}, 2, "stylize");
  expect_refused(
      {"stylize", path("content.png"), path("style.png"), "-o", path("o.png"), "--network", "vg11"},
      2, "did you mean vgg11?");
}

TEST(NoCommand, ShowsTheHelp) {
  const Outcome outcome = strata({});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("stylize"));
}

TEST_F(BadInput, AnUnknownDeviceIsNamed) {
  expect_refused(stylize(path("content.png"), path("style.png"), {"--device", "tpu"}), 2, "'tpu'");
}

}  // namespace
}  // namespace strata::testing

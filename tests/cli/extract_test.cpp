// `strata extract` from end to end.

#include "base/file.hpp"
#include "cli/fixtures.hpp"
#include "cli/program.hpp"
#include "testing/testing.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Extract : public ::testing::Test {
 protected:
  void SetUp() override { write_image_folder(folder_ / "data", 2, 3, 40); }

  std::vector<std::string> command(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"extract",   (folder_ / "data").string(),
                                    "-o",        (folder_ / "store").string(),
                                    "--network", "vgg11",
                                    "--weights", "random",
                                    "--taps",    "relu1_1,relu2_1",
                                    "--size",    "32",
                                    "--device",  "cpu",
                                    "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryFolder folder_;
};

TEST_F(Extract, FillsAStoreOnce) {
  const Outcome first = strata(command({"--json", "--features", "gap,gram:512"}));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const auto json = nlohmann::json::parse(first.out);
  EXPECT_EQ(json["computed"], 6);
  EXPECT_EQ(json["columns"].size(), 4U);
  EXPECT_EQ(json["columns"][1]["definition"], "gram sketched to 512");
  EXPECT_TRUE(fs::exists(folder_ / "store/pictures.csv"));

  const Outcome second = strata(command({"--features", "gap,gram:512"}));
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("6 pictures, 0 of them computed"));
}

TEST_F(Extract, PlansWithoutWriting) {
  const Outcome outcome = strata(command({"--dry-run"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("6 pictures, 4.5 KiB to write"));
  EXPECT_FALSE(fs::exists(folder_ / "store"));
}

TEST_F(Extract, ClearsAStoreWhenAsked) {
  ASSERT_EQ(strata(command()).exit_code, 0);
  const Outcome outcome = strata({"extract", "-o", (folder_ / "store").string(), "--prune"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("cleared"));
  EXPECT_FALSE(fs::exists(folder_ / "store"));
}

TEST_F(Extract, SaysWhatIsMissingOrUnknown) {
  const Outcome nothing = strata({"extract"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("strata extract DATASET -o DIR"));
  const Outcome no_output = strata({"extract", (folder_ / "data").string()});
  EXPECT_EQ(no_output.exit_code, 2);
  EXPECT_THAT(no_output.err, HasSubstr("-o DIR"));
  const Outcome feature = strata(command({"--features", "grm"}));
  EXPECT_EQ(feature.exit_code, 2);
  EXPECT_THAT(feature.err, HasSubstr("did you mean gram?"));
  const Outcome tap = strata(command({"--taps", "relu1_l"}));
  EXPECT_EQ(tap.exit_code, 2);
  EXPECT_THAT(tap.err, HasSubstr("did you mean relu1_1?"));
  EXPECT_FALSE(fs::exists(folder_ / "store"));
}

TEST_F(Extract, OntoAFullDiskIsExitFourAndLeavesNoHalfShard) {
  RunOptions options;
  options.file_limit = 1024;
  const Outcome outcome = strata(command(), options);
  EXPECT_EQ(outcome.exit_code, 4) << outcome.err;
  for (const auto& entry : fs::directory_iterator(folder_ / "store")) {
    EXPECT_EQ(entry.path().filename(), "store.json");
  }
}

}  // namespace
}  // namespace strata::testing

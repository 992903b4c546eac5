// `strata gram` from end to end.

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

class Gram : public ::testing::Test {
 protected:
  void SetUp() override {
    write_image_folder(folder_ / "data", 1, 3, 40);
    write_picture(folder_ / "a.png", 48, 40, 1);
    write_picture(folder_ / "b.png", 40, 48, 2);
  }

  std::vector<std::string> command(const std::vector<std::string>& inputs,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"gram",   "--network",       "vgg11",  "--weights", "random",
                                    "--taps", "relu1_1,relu2_1", "--size", "32",        "--device",
                                    "cpu",    "--quiet"};
    for (const std::string& input : inputs) all.push_back((folder_ / input).string());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryFolder folder_;
};

TEST_F(Gram, ShowsADistanceForEachLayer) {
  const Outcome outcome = strata(command({"a.png", "data/class_0"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("(3 pictures)"));
  EXPECT_THAT(outcome.out, HasSubstr("relu1_1"));
  EXPECT_THAT(outcome.out, HasSubstr("relu2_1"));
}

TEST_F(Gram, IsZeroOnItselfAndSymmetricInJson) {
  const Outcome outcome = strata(command({"a.png", "b.png", "a.png"}, {"--json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(json["layers"].size(), 2U);
  for (const auto& layer : json["layers"]) {
    const auto d = layer["distances"].get<std::vector<std::vector<double>>>();
    EXPECT_EQ(d[0][2], 0.0);
    EXPECT_EQ(d[1][1], 0.0);
    EXPECT_EQ(d[0][1], d[1][0]);
    EXPECT_EQ(d[0][1], d[1][2]);
    EXPECT_GT(d[0][1], 0.0);
  }
}

TEST_F(Gram, WritesAnArray) {
  const std::string file = (folder_ / "distances.npy").string();
  ASSERT_EQ(strata(command({"a.png", "b.png"}, {"--npy", file})).exit_code, 0);
  EXPECT_THAT(read_text(file), HasSubstr("(2, 2, 2)"));
}

TEST_F(Gram, OfManyInputsShowsTheMeanOverLayers) {
  const Outcome outcome = strata(command({"a.png", "b.png", "data/class_0", "a.png", "b.png"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("mean over layers"));
}

TEST_F(Gram, SaysWhatIsWrongInOneLine) {
  const Outcome one = strata(command({"a.png"}));
  EXPECT_EQ(one.exit_code, 2);
  EXPECT_THAT(one.err, HasSubstr("two or more"));
  const Outcome missing = strata(command({"a.png", "nowhere.png"}));
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("nowhere.png"));
  const Outcome output =
      strata(command({"a.png", "b.png"}, {"--npy", (folder_ / "no/d.npy").string()}));
  EXPECT_EQ(output.exit_code, 3);
  EXPECT_THAT(output.err, HasSubstr("no such folder"));
}

}  // namespace
}  // namespace strata::testing

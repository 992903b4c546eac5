// `strata probe` from end to end.

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

class Probe : public ::testing::Test {
 protected:
  void SetUp() override {
    write_image_folder(folder_ / "data", 2, 8, 40);
    write_file(folder_ / "sweep.yaml", R"(
networks: [{card: vgg11, weights: random}]
data: {path: data}
size: 32
taps: [relu1_1, relu2_1]
features: [gap, "gram:64"]
probe: {lambdas: [1, 0.01], folds: 4}
device: cpu
)");
  }

  Outcome run(std::vector<std::string> arguments) const {
    RunOptions options;
    options.folder = folder_.path().string();
    arguments.insert(arguments.begin(), "probe");
    return strata(arguments, options);
  }

  TemporaryFolder folder_;
};

TEST_F(Probe, RunsASweepAndThenOnlyRebuildsItsTables) {
  const Outcome first = run({"sweep.yaml", "-o", "run", "--quiet"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("4 cells computed, 0 reused"));
  EXPECT_THAT(first.out, HasSubstr("pictures/s), solving "));
  EXPECT_THAT(first.out, HasSubstr("relu2_1"));
  const std::string results = read_text(folder_ / "run/results.csv");
  EXPECT_EQ(std::count(results.begin(), results.end(), '\n'), 1 + 4 * 2 * 4);
  for (const char* file : {"layers.csv", "pictures.csv", "accuracy_by_depth.svg",
                           "accuracy_by_depth.png", "run.json"}) {
    EXPECT_TRUE(fs::exists(folder_ / "run" / file)) << file;
  }

  const Outcome second = run({"sweep.yaml", "-o", "run", "--quiet", "--json"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  const auto json = nlohmann::json::parse(second.out);
  EXPECT_EQ(json["cells_computed"], 0);
  EXPECT_EQ(json["cells_reused"], 4);
  EXPECT_EQ(json["layers"].size(), 4U);
  EXPECT_EQ(read_text(folder_ / "run/results.csv"), results);
}

TEST_F(Probe, NeedsNoSweepFile) {
  const Outcome outcome =
      run({"data", "-o", "run", "--network", "vgg11", "--weights", "random", "--taps", "relu1_1",
           "--size", "32", "--lambdas", "1,0.1", "--folds", "4", "--device", "cpu", "--quiet"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("relu1_1"));
}

TEST_F(Probe, LetsFlagsAndSettingsWinOverTheFile) {
  const Outcome outcome =
      run({"sweep.yaml", "-o", "run", "--features", "gap", "--set", "probe.folds=3", "--set",
           "network.input.interpolation=bicubic-antialias", "--quiet", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["layers"].size(), 2U);
  EXPECT_EQ(json["configuration"]["probe"]["folds"], 3);
  EXPECT_EQ(json["networks"][0]["input"]["interpolation"], "bicubic-antialias");
}

TEST_F(Probe, PlansWithoutWriting) {
  const Outcome outcome = run({"sweep.yaml", "-o", "run", "--dry-run"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("4 cells, 0 done"));
  EXPECT_THAT(outcome.out, HasSubstr("gram sketched to 64"));
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(Probe, SaysWhatIsMissingOrUnknown) {
  const auto refused = [&](const std::vector<std::string>& arguments, int code,
                           const std::string& part) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(part));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_FALSE(fs::exists(folder_ / "run"));
  };
  refused({}, 2, "strata probe SWEEP.yaml -o RUN");
  refused({"sweep.yaml"}, 2, "-o RUN");
  refused({"nowhere", "-o", "run"}, 3, "nowhere");
  refused({"sweep.yaml", "-o", "run", "--set", "probe.fold=3"}, 2, "did you mean folds?");
  refused({"sweep.yaml", "-o", "run", "--weights", "x"}, 2, "--network");
  refused({"sweep.yaml", "-o", "run", "--taps", "relu1_l"}, 2, "did you mean relu1_1?");
  refused({"sweep.yaml", "-o", "run", "--label", "domain"}, 2, "has no domains");
  refused({"sweep.yaml", "-o", "run", "--fold", "9"}, 2, "--folds");
  refused({"sweep.yaml", "-o", "run", "--folds", "9"}, 2, "class_0");
}

}  // namespace
}  // namespace strata::testing

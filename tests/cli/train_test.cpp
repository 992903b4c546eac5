// `strata train` from end to end.

#include "base/file.hpp"
#include "cli/fixtures.hpp"
#include "cli/program.hpp"
#include "testing/testing.hpp"

#include <algorithm>
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

class Train : public ::testing::Test {
 protected:
  void SetUp() override {
    write_image_folder(folder_ / "data", 2, 6, 40);
    write_file(folder_ / "recipe.yaml", R"(
name: small
steps: 4
batch: 4
data: {paths: [)" + (folder_ / "data").string() +
                                            R"(], held_out_share: 0.3}
augment: {size: 32}
student:
  card:
    title: A small one
    architecture: {builder: cifar_resnet, variant: "20"}
    input: {channels: rgb, size: 32}
  batch_norm: batch
objective: {kind: classification}
optimizer: {kind: sgd, learning_rate: 0.05}
evaluation: {every: 2}
log_every: 1
)");
  }

  std::vector<std::string> command(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"train",     (folder_ / "recipe.yaml").string(),
                                    "-o",        (folder_ / "run").string(),
                                    "--threads", "1",
                                    "--device",  "cpu",
                                    "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryFolder folder_;
};

TEST_F(Train, LeavesANetworkThatOtherCommandsTake) {
  const Outcome outcome = strata(command({"--json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["steps"], 4);
  EXPECT_TRUE(json["figures"].contains("accuracy"));
  for (const char* file : {"MODEL_CARD.md", "log.csv", "loss.svg", "loss.png"}) {
    EXPECT_TRUE(fs::exists(folder_ / "run" / file)) << file;
  }
  const Outcome shown = strata({"models", "check", (folder_ / "run/small.yaml").string()});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
}

TEST_F(Train, PlansWithoutWriting) {
  const Outcome outcome = strata(command({"--dry-run"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("4 steps, 0 done"));
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(Train, SaysWhatIsWrongInOneLine) {
  const auto refused = [&](const std::vector<std::string>& more, int code, const char* culprit) {
    const Outcome outcome = strata(command(more));
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(culprit));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_FALSE(fs::exists(folder_ / "run"));
  };
  refused({"--set", "optimizer.learning_rat=1"}, 2, "did you mean learning_rate?");
  refused({"--set", "augment.flip=2"}, 2, "augment.flip");
  refused({"--data", (folder_ / "none").string()}, 3, "none");
  refused({"--set", "student.train=[layer9]"}, 2, "layer9");
}

}  // namespace
}  // namespace strata::testing

#include "base/file.hpp"
#include "cli/fixtures.hpp"
#include "cli/program.hpp"
#include "testing/testing.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class ScoreCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    write_picture(folder_ / "picture.png", 48, 40, 1);
    write_picture(folder_ / "content.png", 60, 50, 2);
    write_picture(folder_ / "style.png", 40, 40, 3);
  }

  Outcome score(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"score",     (folder_ / "picture.png").string(),
                                    "--content", (folder_ / "content.png").string(),
                                    "--style",   (folder_ / "style.png").string(),
                                    "--weights", "random"};
    all.insert(all.end(), more.begin(), more.end());
    return strata(all);
  }

  TemporaryFolder folder_;
};

TEST_F(ScoreCommand, ListsEveryTermOfThePresetAndTheTotal) {
  const Outcome outcome = score({"--preset", "neural-style-pt"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* word : {"content", "relu4_2", "style", "relu1_1", "relu5_1", "tv", "total"}) {
    EXPECT_THAT(outcome.out, HasSubstr(word));
  }
}

TEST_F(ScoreCommand, AsJsonHasWeightedValuesThatAddUp) {
  const Outcome outcome = score({"--preset", "gatys", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json report = json::parse(outcome.out);
  ASSERT_EQ(report["terms"].size(), 6U);
  EXPECT_EQ(report["terms"][0]["loss"], "content");
  EXPECT_EQ(report["terms"][1]["tap"], "relu1_1");
  EXPECT_EQ(report["terms"][1]["weight"].get<double>(), 1000.0 / (64 * 64));
  double sum = 0.0;
  for (const json& term : report["terms"]) sum += term["value"].get<double>();
  EXPECT_NEAR(report["total"].get<double>(), sum, 1e-9 * sum);
}

TEST_F(ScoreCommand, OfSeveralStylesListsTheirLossesWhereTheseAreBlended) {
  write_picture(folder_ / "other.png", 40, 40, 4);
  const std::string both =
      (folder_ / "style.png").string() + ":3," + (folder_ / "other.png").string();
  const Outcome outcome =
      score({"--preset", "gatys", "--style", both, "--blend", "losses", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json terms = json::parse(outcome.out)["terms"];
  // The first style was given twice: its picture weighs 1 + 3 of 5.
  ASSERT_EQ(terms.size(), 1U + 5U * 3U);
  EXPECT_DOUBLE_EQ(terms[2]["weight"].get<double>(), 3.0 * terms[1]["weight"].get<double>());
}

TEST_F(ScoreCommand, WithoutAStyleSaysSo) {
  const Outcome outcome = strata({"score", (folder_ / "picture.png").string(), "--content",
                                  (folder_ / "content.png").string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("style"));
}

}  // namespace
}  // namespace strata::testing

#include "cli/fixtures.hpp"
#include "cli/program.hpp"
#include "image/picture.hpp"
#include "testing/testing.hpp"

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

class StylizeCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    write_picture(folder_ / "content.png", 48, 40, 1);
    write_picture(folder_ / "style.png", 40, 40, 2);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Outcome stylize(std::vector<std::string> more, const RunOptions& options = {}) const {
    std::vector<std::string> all = {"stylize",
                                    path("content.png"),
                                    path("style.png"),
                                    "-o",
                                    path("out.png"),
                                    "--network",
                                    "vgg11",
                                    "--weights",
                                    "random",
                                    "--size",
                                    "32",
                                    "--threads",
                                    "1"};
    all.insert(all.end(), more.begin(), more.end());
    return strata(all, options);
  }

  TemporaryFolder folder_;
};

TEST_F(StylizeCommand, HelpNamesItsOptionsAndTheirDefaults) {
  const Outcome outcome = strata({"stylize", "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* option : {"CONTENT",    "STYLE",        "--output",         "--network",
                             "--weights",  "--preset",     "--content-layers", "--style-layers",
                             "--size",     "--iterations", "--optimizer",      "--init",
                             "--strength", "--style-loss", "--content-loss",   "--blend",
                             "--colour",   "--bits",       "--seed",           "--preview-every",
                             "--device",   "--threads",    "--precision",      "--no-metadata",
                             "--dry-run",  "--json",       "--quiet",          "--config",
                             "--set"}) {
    EXPECT_THAT(outcome.out, HasSubstr(option));
  }
}

TEST_F(StylizeCommand, WritesThePictureAndOneLineAboutIt) {
  const Outcome outcome = stylize({"--iterations", "2"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("out.png: 32 x 27"));
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
  EXPECT_EQ(image::decode(folder_ / "out.png").width(), 32);
}

TEST_F(StylizeCommand, AsJsonPrintsTheTermsAndWhatMadeThem) {
  const Outcome outcome = stylize({"--iterations", "2", "--json", "--quiet"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const json report = json::parse(outcome.out);
  for (const char* key : {"total", "terms", "width", "height", "seconds", "evaluations",
                          "peak_bytes", "network", "device", "precision"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  double sum = 0.0;
  for (const json& term : report["terms"]) sum += term["value"].get<double>();
  EXPECT_NEAR(sum, report["total"].get<double>(), 1e-9 * sum);
}

TEST_F(StylizeCommand, ADryRunPrintsThePlanAndWritesNothing) {
  const Outcome outcome = stylize({"--dry-run"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("32 x 27"));
  EXPECT_THAT(outcome.out, HasSubstr("nothing was written"));
  EXPECT_FALSE(fs::exists(folder_ / "out.png"));
  const Outcome as_json = stylize({"--dry-run", "--json"});
  EXPECT_GT(json::parse(as_json.out)["seconds"].get<double>(), 0.0);
}

TEST_F(StylizeCommand, KeepsThePictureSoFarWhenInterrupted) {
  RunOptions options;
  options.signal_when = "iterations";
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    options.signal = signal;
    fs::remove(folder_ / "out.partial.png");
    const Outcome outcome = stylize({"--iterations", "1000000"}, options);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("to go on from it, add --init " + path("out.partial.png")));
    EXPECT_EQ(image::decode(folder_ / "out.partial.png").width(), 32);
    EXPECT_FALSE(fs::exists(folder_ / "out.png"));
  }
}

TEST_F(StylizeCommand, BlendsSeveralStylesByWeightAndRecordsThem) {
  write_picture(folder_ / "other.png", 40, 40, 3);
  const std::string weighted = path("other.png") + ":3";
  for (const std::string blend : {"targets", "losses"}) {
    const Outcome outcome = stylize({weighted, "--blend", blend, "--iterations", "1", "--json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json settings = json::parse(image::decode(folder_ / "out.png").text.at("strata"));
    EXPECT_EQ(settings["style"], (json{path("style.png"), weighted}));
    EXPECT_EQ(settings["options"]["blend"], blend);
  }
  const Outcome wrong = stylize({path("other.png") + ":0"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("the weight must be a positive number"));
}

TEST_F(StylizeCommand, TakesEveryLossAndRefusesThemForAFixedPreset) {
  for (const std::string loss : {"gram", "mean-std", "w2"}) {
    const Outcome outcome = stylize({"--style-loss", loss, "--content-loss", "self-similarity",
                                     "--strength", "0.3", "--iterations", "2", "--json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json report = json::parse(outcome.out);
    EXPECT_EQ(report["style_loss"], loss);
    EXPECT_EQ(report["content_loss"], "self-similarity");
  }
  const Outcome fixed =
      strata({"stylize", path("content.png"), path("style.png"), "-o", path("fixed.png"),
              "--preset", "gatys", "--weights", "random", "--style-loss", "w2"});
  EXPECT_EQ(fixed.exit_code, 2);
  EXPECT_THAT(fixed.err, HasSubstr("style_loss: preset gatys stands for a fixed objective"));
}

TEST_F(StylizeCommand, KeepsTheContentsColoursAndWritesSixteenBits) {
  const Outcome outcome =
      stylize({"--iterations", "1", "--colour", "luminance", "--bits", "16", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("colour luminance: "));
  EXPECT_TRUE(json::parse(outcome.out).contains("clipped"));
  EXPECT_EQ(image::decode(folder_ / "out.png").bits(), 16);
  const Outcome wrong = stylize({"--colour", "match-cholesky"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("match-chol"));
  EXPECT_EQ(stylize({"--bits", "12"}).exit_code, 2);
}

TEST_F(StylizeCommand, TakesKeysOfTheCardAndEmbedsThem) {
  const Outcome plain = stylize({"--iterations", "1", "--json"});
  const Outcome shifted =
      stylize({"--iterations", "1", "--json", "--set", "network.input.mean=[0.1, 0.2, 0.3]"});
  ASSERT_EQ(shifted.exit_code, 0) << shifted.err;
  EXPECT_NE(json::parse(plain.out)["total"], json::parse(shifted.out)["total"]);
  const json settings = json::parse(image::decode(folder_ / "out.png").text.at("strata"));
  EXPECT_EQ(settings["options"]["network_overrides"]["input"]["mean"], (json{0.1, 0.2, 0.3}));
}

}  // namespace
}  // namespace strata::testing

#include "cli/fixtures.hpp"
#include "cli/program.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

TEST(ModelsCommand, ListsEveryCardAndWhetherItsWeightsAreHere) {
  const Outcome outcome = strata({"models", "list", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json rows = json::parse(outcome.out);
  for (const char* name : {"vgg11", "vgg19_caffe", "vgg19_slim", "squeezenet1_1", "resnet20"}) {
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [&](const json& row) {
      return row["name"] == name;
    })) << name;
  }
  EXPECT_THAT(strata({"models", "list"}).out, HasSubstr("vgg19_slim"));
}

TEST(ModelsCommand, ShowsTheLayersOfANetwork) {
  const Outcome outcome = strata({"models", "show", "vgg11", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json report = json::parse(outcome.out);
  const auto& nodes = report["nodes"];
  const auto relu = std::find_if(nodes.begin(), nodes.end(),
                                 [](const json& node) { return node["name"] == "features.1"; });
  ASSERT_NE(relu, nodes.end());
  EXPECT_EQ((*relu)["aliases"], json{"relu1_1"});
  EXPECT_THAT(strata({"models", "show", "vgg11"}).out, HasSubstr("relu5_2"));
}

TEST(ModelsCommand, ChecksWeightsAgainstACard) {
  const TemporaryFolder folder;
  write_other_weights(folder / "other.safetensors");
  const Outcome outcome =
      strata({"models", "check", "vgg11", "--weights", (folder / "other.safetensors").string()});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("other.safetensors"));
  EXPECT_EQ(strata({"models", "check", "vgg11", "--weights", "random"}).exit_code, 0);
}

TEST(ModelsCommand, ConvertsALegacyCheckpointToSafetensors) {
  const auto data = shared_data();
  if (!data) GTEST_SKIP() << kNoSharedData;
  const TemporaryFolder folder;
  const std::string output = (folder / "resnet20.safetensors").string();
  const Outcome outcome =
      strata({"models", "convert", (*data / "weights/resnet20-12fca82f.th").string(), output});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(weights::read(output).tensors.at("conv1.weight").size(0), 16);
  EXPECT_EQ(strata({"models", "check", "resnet20", "--weights", output}).exit_code, 0);
}

TEST(ModelsCommand, DoesNotConvertAMaliciousCheckpoint) {
  const TemporaryFolder folder;
  write_malicious_checkpoint(folder / "evil.pth", folder / "executed");
  const Outcome outcome = strata(
      {"models", "convert", (folder / "evil.pth").string(), (folder / "out.safetensors").string()});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("evil.pth"));
  EXPECT_FALSE(fs::exists(folder / "executed"));
  EXPECT_FALSE(fs::exists(folder / "out.safetensors"));
}

}  // namespace
}  // namespace strata::testing

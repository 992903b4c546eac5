#include "styletransfer/setting.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

using strata::testing::TemporaryFolder;
using strata::testing::throws;

class SettingOfANarrowNetwork : public ::testing::Test {
 protected:
  SettingOfANarrowNetwork() {
    options_.network = strata::testing::write_narrow_card(folder_.path());
    options_.weights = "random:3";
    options_.threads = 1;
  }

  Setting resolved() { return resolve(options_, log_); }
  void expect_refused(const std::string& part) {
    EXPECT_TRUE(throws<UsageError>([&] { resolved(); }, part));
  }

  TemporaryFolder folder_;
  ObjectiveOptions options_;
  Log log_{Log::Level::quiet};
};

TEST_F(SettingOfANarrowNetwork, TakesLayersFromTheCardAndStrengthFromThePreset) {
  const Setting setting = resolved();
  EXPECT_EQ(setting.recipe.taps(),
            (std::vector<std::string>{"relu4_1", "relu1_1", "relu2_1", "relu3_1"}));
  EXPECT_TRUE(setting.recipe.strength.has_value());
  EXPECT_EQ(setting.backbone->tap_count(), 4U);
  // Only as deep as needed.
  EXPECT_EQ(setting.backbone->network().graph.find_if_known("relu5_1"), std::nullopt);
}

TEST_F(SettingOfANarrowNetwork, TakesWhatTheUserSays) {
  options_.content_layers = {"relu3_2"};
  options_.style_layers = {"relu1_1=2", "relu5_1"};
  options_.strength = 0.25;
  options_.precision = "float64";
  const Setting setting = resolved();
  EXPECT_EQ(setting.recipe.style, (std::vector<LayerWeight>{{"relu1_1", 2.0}, {"relu5_1", 1.0}}));
  EXPECT_EQ(setting.recipe.strength, 0.25);
  EXPECT_EQ(setting.backbone->policy().precision, at::kDouble);
}

TEST_F(SettingOfANarrowNetwork, OverridesKeysOfTheCard) {
  options_.overrides.set("input.mean", "[0, 0, 0]");
  EXPECT_EQ(resolved().backbone->network().card.input.mean, (std::vector<double>{0, 0, 0}));
}

TEST_F(SettingOfANarrowNetwork, RecordsWhatMadeAResult) {
  options_.precision = "bfloat16";
  const nlohmann::json record = resolved().record();
  EXPECT_EQ(record["network"], "narrow");
  EXPECT_EQ(record["preset"], "strata");
  EXPECT_EQ(record["precision"], "bfloat16");
  EXPECT_EQ(record["device"], "cpu");
  EXPECT_EQ(record["threads"], 1);
  EXPECT_EQ(record["content_layers"], (nlohmann::json{{"relu4_1", 1.0}}));
  EXPECT_NE(record["weights"].get<std::string>().find("random"), std::string::npos);
}

TEST_F(SettingOfANarrowNetwork, RefusesAPresetOfAnotherWeightFamily) {
  options_.preset = "gatys";
  expect_refused("preset gatys is made for the weights of vgg19-caffe");
}

TEST_F(SettingOfANarrowNetwork, RefusesUnknownLayersBeforeAnythingElseIsDone) {
  options_.style_layers = {"relu1_l"};
  expect_refused("did you mean relu1_1?");
}

TEST_F(SettingOfANarrowNetwork, TakesLossesAndRecordsThem) {
  options_.content_loss = "self-similarity";
  options_.style_loss = "w2";
  options_.blend = "losses";
  const Setting setting = resolved();
  EXPECT_EQ(setting.recipe.blend, Blend::losses);
  EXPECT_EQ(setting.recipe.preset.style.loss, StyleLoss::w2);
  const nlohmann::json record = setting.record();
  EXPECT_EQ(record["style_loss"], "w2");
  EXPECT_EQ(record["content_loss"], "self-similarity");
}

TEST_F(SettingOfANarrowNetwork, RefusesAnUnknownPrecision) {
  options_.precision = "float16";
  expect_refused("bfloat16");
}

TEST_F(SettingOfANarrowNetwork, KnowsWhichPicturesAreTooSmall) {
  const Setting setting = resolved();
  EXPECT_TRUE(fits(*setting.backbone, {8, 8}));
  EXPECT_FALSE(fits(*setting.backbone, {8, 7}));
  EXPECT_TRUE(throws<InputError>(
      [&] {
        check_size(*setting.backbone, "tiny.png", {8, 7});
      },
      "tiny.png: 7 x 8 is too small"));
}

TEST(Setting, RefusesAStrengthForAPresetWithFixedWeights) {
  ObjectiveOptions options;
  options.preset = "gatys";
  options.weights = "random";
  options.strength = 0.5;
  Log log(Log::Level::quiet);
  EXPECT_TRUE(throws<UsageError>([&] { resolve(options, log); }, "fixed weights"));
}

TEST(Setting, RefusesAnotherLossForAPresetThatStandsForAnObjective) {
  ObjectiveOptions options;
  options.preset = "gatys";
  options.weights = "random";
  options.style_loss = "w2";
  Log log(Log::Level::quiet);
  EXPECT_TRUE(
      throws<UsageError>([&] { resolve(options, log); },
                         "style_loss: preset gatys stands for a fixed objective, with gram"));
  options.style_loss = "gram";
  resolve(options, log);
}

TEST(Setting, OfAPresetWhoseWeightsAreNotHereSaysWhatToFetch) {
  const TemporaryFolder folder;
  const std::string card = (folder / "absent.yaml").string();
  write_file(card,
             "title: T\nfamily: vgg19-torchvision\narchitecture: {builder: vgg, variant: \"19\"}\n"
             "weights: {file: nowhere-0123.pth, url: \"https://example.org/nowhere-0123.pth\"}\n");
  ObjectiveOptions options;
  options.preset = "crowson-2023";
  options.network = card;
  Log log(Log::Level::quiet);
  EXPECT_TRUE(throws<InputError>([&] { resolve(options, log); },
                                 "download https://example.org/nowhere-0123.pth"));
}

TEST(Setting, TakesThePresetsNetworkWhereNoneIsNamed) {
  ObjectiveOptions options;
  options.weights = "random";
  Log log(Log::Level::quiet);
  const Setting setting = resolve(options, log);
  EXPECT_EQ(setting.backbone->network().card.name, setting.recipe.preset.network);
}

}  // namespace
}  // namespace strata::styletransfer

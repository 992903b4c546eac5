#include "styletransfer/preset.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "testing/testing.hpp"

#include <gmock/gmock.h>

namespace strata::styletransfer {
namespace {

using strata::testing::TemporaryFolder;
using strata::testing::throws;

const nn::ModelPaths& paths() {
  static const nn::ModelPaths standard = nn::ModelPaths::standard();
  return standard;
}

TEST(Preset, EveryOneOfTheProjectLoadsAndItsNetworkIsOfItsFamily) {
  const auto names = preset_names(paths());
  EXPECT_THAT(names,
              ::testing::IsSupersetOf({"crowson-2021", "crowson-2023", "gatys", "neural-style",
                                       "neural-style-pt", "neural-style-pt-normgrad", "spst",
                                       "strata", "tensorflow"}));
  for (const std::string& name : names) {
    const Preset preset = load_preset(name, paths());
    EXPECT_EQ(preset.name, name);
    EXPECT_FALSE(preset.title.empty());
    check_family(preset, nn::load_card(preset.network, paths()));
  }
}

TEST(Preset, OfNeuralStylePtHasItsDefaults) {
  const Preset preset = load_preset("neural-style-pt", paths());
  EXPECT_EQ(preset.pixel_scale, 255.0);
  EXPECT_EQ(preset.content.weight, 5.0);
  EXPECT_EQ(preset.style.weight, 100.0);
  EXPECT_EQ(preset.style.normalisation, GramNormalisation::channels_positions);
  EXPECT_EQ(preset.style.layers.size(), 5U);
  EXPECT_EQ(preset.total_variation.weight, 1e-3);
  EXPECT_EQ(preset.init, "random");
  EXPECT_TRUE(preset.eight_bit);
  EXPECT_EQ(preset.sides, SideRounding::down);
  EXPECT_EQ(plan_scales(preset.schedule, 512, {}), (std::vector<Scale>{{512, 1000}}));
  EXPECT_EQ(preset.optimizer.history, 100);
  EXPECT_FALSE(preset.strength);
}

TEST(Preset, OfCrowsonOf2023HasItsScalesAndItsLosses) {
  const Preset preset = load_preset("crowson-2023", paths());
  EXPECT_EQ(preset.style.loss, StyleLoss::w2);
  EXPECT_EQ(preset.style.root, MatrixRoot::exact);
  EXPECT_EQ(preset.style.epsilon, 1e-4);
  EXPECT_EQ(preset.rewrites.first_padding, nn::Padding::replicate);
  EXPECT_EQ(plan_scales(preset.schedule, 512, {}),
            (std::vector<Scale>{{128, 1000}, {181, 500}, {256, 500}, {362, 500}, {512, 500}}));
}

TEST(Preset, NamesItsLosses) {
  for (const std::string& name : content_loss_names()) {
    EXPECT_EQ(content_loss_name(content_loss_from(name)), name);
  }
  for (const std::string& name : style_loss_names()) {
    EXPECT_EQ(style_loss_name(style_loss_from(name)), name);
  }
  EXPECT_TRUE(throws<UsageError>([] { style_loss_from("w1"); }, "did you mean w2?"));
}

TEST(Preset, ByPathIsReadFromThatFile) {
  const TemporaryFolder folder;
  write_file(folder / "mine.yaml",
             "title: mine\nnetwork: vgg11\npixel_scale: 1\ncontent: {weight: 2}\n"
             "style: {weight: 3, layers: [relu1_1=0.5]}\nscales: {iterations: 4}\n");
  const Preset preset = load_preset((folder / "mine.yaml").string(), paths());
  EXPECT_EQ(preset.name, "mine");
  EXPECT_TRUE(preset.content.layers.empty());
  EXPECT_EQ(preset.style.layers, (std::vector<LayerWeight>{{"relu1_1", 0.5}}));
}

TEST(Preset, ThatIsNotKnownIsNamedWithTheNearest) {
  EXPECT_TRUE(throws<UsageError>([] { load_preset("gaty", paths()); }, "did you mean gatys?"));
}

TEST(Preset, WithAnUnknownKeyOrAWrongValueIsRefused) {
  const TemporaryFolder folder;
  const std::string good =
      "title: t\nnetwork: vgg11\npixel_scale: 1\ncontent: {weight: 2}\nstyle: {weight: 3}\n"
      "scales: {iterations: 4}\n";
  const auto load = [&](const std::string& more) {
    write_file(folder / "p.yaml", good + more);
    load_preset((folder / "p.yaml").string(), paths());
  };
  load("");
  EXPECT_TRUE(throws<UsageError>([&] { load("strenght: 0.5\n"); }, "did you mean strength?"));
  EXPECT_TRUE(throws<UsageError>([&] { load("strength: 2\n"); }, "strength"));
  EXPECT_TRUE(throws<UsageError>([&] { load("optimizer: sgd\n"); }, "lbfgs"));
  EXPECT_TRUE(throws<UsageError>([&] { load("resize: {sides: up}\n"); }, "nearest"));
  EXPECT_TRUE(throws<UsageError>([&] { load("lbfgs: {history: 0}\n"); }, "history"));
  EXPECT_TRUE(throws<UsageError>([&] { load("rewrites: {pooling: avg}\n"); }, "average"));
  EXPECT_TRUE(throws<UsageError>([&] { load("rewrites: {padding: zeros}\n"); }, "padding"));
}

TEST(Preset, OfAnotherWeightFamilyIsRefused) {
  EXPECT_TRUE(throws<UsageError>(
      [] { check_family(load_preset("gatys", paths()), nn::load_card("vgg19", paths())); },
      "preset gatys is made for the weights of vgg19-caffe"));
  check_family(load_preset("strata", paths()), nn::load_card("squeezenet1_1", paths()));
}

TEST(Preset, NamesItsOptimizers) {
  for (const std::string& name : optimizer_names()) optimizer_from(name);
  EXPECT_TRUE(throws<UsageError>([] { optimizer_from("adm"); }, "did you mean adam?"));
}

}  // namespace
}  // namespace strata::styletransfer

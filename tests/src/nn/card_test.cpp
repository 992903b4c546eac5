#include "nn/card.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "testing/testing.hpp"

#include <gmock/gmock.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using testing::TemporaryFolder;
using testing::throws;
using ::testing::UnorderedElementsAre;

ModelPaths shipped() { return {{fs::path(STRATA_SOURCE_DIR) / "configs" / "networks"}, {}}; }

constexpr const char* kCard = R"(
title: A small one
family: small
licence: MIT
architecture: {builder: vgg, variant: "11", classes: 12, padding: replicate}
input:
  channels: bgr
  range: 255
  mean: [1, 2, 3]
  std: [4, 5, 6]
  size: 64
  resize: 72
  interpolation: area
weights:
  - {file: a.pth, url: "https://example.org/a.pth", sha256: ABCDEF01, key: state_dict,
     rename: {old.0: features.0}, ignore: ["aux.*", extra], first_layer_rms: 0.5}
  - {file: b.safetensors, first_layer_rms: [1, 2, 3], input: {channels: rgb, size: 32}}
layers: {content: relu4_2, style: [relu1_1, features.4], probe: ["relu*"]}
)";

class CardTest : public ::testing::Test {
 protected:
  Card load(const std::string& text, const Config& overrides = {}) const {
    write_file(folder_ / "mine.yaml", text);
    return load_card((folder_ / "mine.yaml").string(), {}, overrides);
  }
  /// The card with `with` instead of `what`.
  static std::string changed(const std::string& what, const std::string& with) {
    std::string text = kCard;
    const size_t at = text.find(what);
    STRATA_CHECK(at != std::string::npos, what);
    return text.replace(at, what.size(), with);
  }
  void expect_refused(const std::string& what, const std::string& with, const std::string& part) {
    const std::string text = changed(what, with);
    EXPECT_TRUE(throws<UsageError>([&] { load(text); }, part)) << with;
    EXPECT_TRUE(throws<UsageError>([&] { load(text); }, "mine.yaml")) << with;
  }
  TemporaryFolder folder_;
};

TEST_F(CardTest, HasWhatTheFileSays) {
  const Card card = load(kCard);
  EXPECT_EQ(card.name, "mine");
  EXPECT_EQ(card.title, "A small one");
  EXPECT_EQ(card.family, "small");
  EXPECT_EQ(card.licence, "MIT");
  EXPECT_EQ(card.architecture.builder, "vgg");
  EXPECT_EQ(card.architecture.variant, "11");
  EXPECT_EQ(card.architecture.classes, 12);
  EXPECT_EQ(card.architecture.padding, Padding::replicate);
  EXPECT_TRUE(card.input.bgr);
  EXPECT_EQ(card.input.range, 255);
  EXPECT_THAT(card.input.mean, ElementsAre(1, 2, 3));
  EXPECT_THAT(card.input.std, ElementsAre(4, 5, 6));
  EXPECT_EQ(card.input.size, 64);
  EXPECT_EQ(card.input.resize, 72);
  EXPECT_EQ(card.input.interpolation, "area");
  EXPECT_THAT(card.content_layers, ElementsAre("relu4_2"));
  EXPECT_THAT(card.style_layers, ElementsAre("relu1_1", "features.4"));
  EXPECT_THAT(card.probe_layers, ElementsAre("relu*"));
}

TEST_F(CardTest, HasEveryFileOfWeights) {
  const Card card = load(kCard);
  ASSERT_EQ(card.weights.size(), 2U);
  const WeightsEntry& a = card.weights[0];
  EXPECT_EQ(a.file, "a.pth");
  EXPECT_EQ(a.url, "https://example.org/a.pth");
  EXPECT_EQ(a.sha256, "abcdef01");
  EXPECT_EQ(a.key, "state_dict");
  EXPECT_THAT(a.rename, UnorderedElementsAre(Pair("old.0", "features.0")));
  EXPECT_THAT(a.ignore, ElementsAre("aux.*", "extra"));
  EXPECT_THAT(a.first_layer_rms, ElementsAre(0.5));
  EXPECT_TRUE(a.input.bgr) << "the card's";
  EXPECT_EQ(a.input.size, 64);
  const WeightsEntry& b = card.weights[1];
  EXPECT_FALSE(b.input.bgr) << "its own";
  EXPECT_EQ(b.input.size, 32);
  EXPECT_THAT(b.input.mean, ElementsAre(1, 2, 3)) << "the card's where it says nothing";
}

TEST_F(CardTest, NeedsLittle) {
  const Card card = load("title: T\narchitecture: {builder: alexnet}\n");
  EXPECT_EQ(card.family, "mine") << "the card's name";
  EXPECT_TRUE(card.weights.empty());
  EXPECT_EQ(card.input.resize, 256);
  EXPECT_TRUE(throws<UsageError>([&] { load("architecture: {builder: alexnet}\n"); }, "title"));
  EXPECT_TRUE(throws<UsageError>([&] { load("title: T\n"); }, "architecture.builder: is missing"));
}

TEST_F(CardTest, OverridesHoldForEveryFileOfWeights) {
  Config overrides;
  overrides.set("input.mean", "[7, 8, 9]");
  overrides.set("architecture.padding", "reflect");
  const Card card = load(kCard, overrides);
  EXPECT_THAT(card.input.mean, ElementsAre(7, 8, 9));
  EXPECT_THAT(card.weights[1].input.mean, ElementsAre(7, 8, 9));
  EXPECT_EQ(card.weights[1].input.size, 32) << "what is not overridden stays";
  EXPECT_EQ(card.architecture.padding, Padding::reflect);
  const Config resolved = Config::from_text(card.resolved_yaml, "resolved");
  EXPECT_THAT(resolved.child("input").get_numbers("mean", {}), ElementsAre(7, 8, 9));
  EXPECT_EQ(resolved.get_string("title", ""), "A small one");
}

TEST_F(CardTest, ALargerInputIsCutOutOfALargerPicture) {
  Config overrides;
  overrides.set("input.size", "300");
  EXPECT_EQ(load(kCard, overrides).input.resize, 300);
}

TEST_F(CardTest, UnknownKeysAreRefusedWithTheNearest) {
  expect_refused("licence:", "license:", "did you mean licence?");
  expect_refused("channels: bgr", "chanels: bgr", "did you mean channels?");
  expect_refused("builder: vgg", "biulder: vgg", "architecture.builder: is missing");
  expect_refused("url:", "uri:", "did you mean url?");
  expect_refused("content:", "contents:", "did you mean content?");
  Config overrides;
  overrides.set("input.maen", "[1, 2, 3]");
  EXPECT_TRUE(throws<UsageError>([&] { load(kCard, overrides); }, "did you mean mean?"));
}

TEST_F(CardTest, WrongValuesAreRefusedWithWhatIsAllowed) {
  expect_refused("builder: vgg", "builder: vggg", "did you mean vgg?");
  expect_refused("variant: \"11\"", "variant: \"12\"", "expected one of 11, 11_bn");
  expect_refused("classes: 12", "classes: 0", "architecture.classes");
  expect_refused("classes: 12", "widths: [1, 2]", "vgg 11 has 8 convolutions");
  expect_refused("padding: replicate", "padding: mirror", "zeros, reflect, replicate, circular");
  expect_refused("channels: bgr", "channels: gbr", "expected one of rgb, bgr");
  expect_refused("range: 255", "range: 0", "input.range");
  expect_refused("mean: [1, 2, 3]", "mean: [1, 2]", "found 2 numbers");
  expect_refused("std: [4, 5, 6]", "std: [4, 0, 6]", "input.std");
  expect_refused("resize: 72", "resize: 63", "size 64 are cut out");
  expect_refused("interpolation: area", "interpolation: linear", "input.interpolation");
  expect_refused("sha256: ABCDEF01", "sha256: ABCDEFG1", "hexadecimal");
  expect_refused("sha256: ABCDEF01", "sha256: ABCDEF0", "8 to 64");
  expect_refused("file: a.pth", "file: folder/a.pth", "without a folder");
  expect_refused("file: a.pth, ", "", "file: is missing");
  expect_refused("first_layer_rms: [1, 2, 3]", "first_layer_rms: [1, 2]", "one a channel");
  expect_refused("content: relu4_2", "content: relu4_22", "did you mean relu4_2?");
  expect_refused("probe: [\"relu*\"]", "probe: [\"conf*\"]", "layers.probe");
}

TEST_F(CardTest, TheFirstFolderThatHasTheNameWins) {
  for (const char* folder : {"one", "two"}) {
    make_folder(folder_ / folder);
    write_file(folder_ / folder / "net.yaml",
               "title: " + std::string(folder) + "\narchitecture: {builder: alexnet}\n");
  }
  const ModelPaths paths{{folder_ / "none", folder_ / "two", folder_ / "one"}, {}};
  EXPECT_EQ(load_card("net", paths).title, "two");
  EXPECT_THAT(card_names(paths), ElementsAre("net"));
}

TEST(Cards, AnUnknownNetworkIsRefusedWithTheNearest) {
  EXPECT_TRUE(throws<UsageError>([] { load_card("vg11", shipped()); }, "did you mean vgg11?"));
  EXPECT_TRUE(throws<InputError>([] { load_card("none/vgg11.yaml", shipped()); }, "none/vgg11"));
}

TEST(Cards, AllThatAreShippedLoad) {
  const auto names = card_names(shipped());
  EXPECT_THAT(names, UnorderedElementsAre(
                         "alexnet", "embedded", "resnet101", "resnet110", "resnet152", "resnet18",
                         "resnet20", "resnet32", "resnet34", "resnet44", "resnet50", "resnet56",
                         "squeezenet1_0", "squeezenet1_1", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn",
                         "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "vgg19_caffe", "vgg19_slim"));
  std::map<std::string, std::string> families;
  for (const std::string& name : names) {
    const Card card = load_card(name, shipped());
    EXPECT_FALSE(card.title.empty()) << name;
    EXPECT_FALSE(card.licence.empty()) << name;
    EXPECT_FALSE(card.weights.empty()) << name;
    EXPECT_FALSE(card.content_layers.empty()) << name;
    EXPECT_FALSE(card.style_layers.empty()) << name;
    EXPECT_FALSE(card.probe_layers.empty()) << name;
    EXPECT_TRUE(families.emplace(card.family, name).second) << name << " " << card.family;
    const Graph graph = build(card.architecture);
    graph.shapes({1, 3, card.input.size, card.input.size});
  }
}

/// The hash is part of the name of torchvision's and of the CIFAR ResNets' files.
TEST(Cards, NameTheHashThatTheFileNameCarries) {
  for (const std::string& name : card_names(shipped())) {
    for (const WeightsEntry& entry : load_card(name, shipped()).weights) {
      const fs::path stem = fs::path(entry.file).stem();
      if (entry.url.find("pytorch") == std::string::npos) continue;
      EXPECT_TRUE(entry.url.ends_with("/" + entry.file)) << name;
      EXPECT_TRUE(stem.string().ends_with("-" + entry.sha256)) << name;
    }
  }
}

/// Every key that a card can have stands in the documentation.
TEST(Cards, AreDocumentedKeyByKey) {
  const std::string page = read_text(fs::path(STRATA_SOURCE_DIR) / "docs" / "networks.md");
  for (const char* key :
       {"title",  "family",  "licence",       "architecture",    "builder", "variant", "classes",
        "widths", "padding", "input",         "channels",        "range",   "mean",    "std",
        "size",   "resize",  "interpolation", "weights",         "file",    "url",     "sha256",
        "key",    "rename",  "ignore",        "first_layer_rms", "layers",  "content", "style",
        "probe"}) {
    EXPECT_NE(page.find("`" + std::string(key) + "`"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace strata::nn

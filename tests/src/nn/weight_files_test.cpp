#include "nn/weight_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::throws;

const std::string kDigest = "0123456789abcdef";
const std::string kOther(64, 'f');

std::string card_text(const std::string& family, const std::string& weights) {
  return "title: T\nfamily: " + family +
         "\narchitecture: {builder: vgg, variant: \"11\"}\nweights:\n" + weights;
}

/// Two cards of one topology: `mine` comes in two files, for RGB from 0 to 1 and for BGR from 0 to
/// 255; `theirs` in one.
class WeightFiles : public ::testing::Test {
 protected:
  WeightFiles() : paths_{{folder_ / "cards"}, {folder_ / "first", folder_ / "second"}} {
    for (const char* name : {"cards", "first", "second"}) make_folder(folder_ / name);
    write_file(
        folder_ / "cards" / "mine.yaml",
        card_text("mine", "- {file: rgb.st, sha256: " + kDigest +
                              ", first_layer_rms: [2, 4, 8], url: \"https://example.org/rgb.st\"}\n"
                              "- {file: bgr.st, first_layer_rms: [0.08, 0.04, 0.02], "
                              "input: {channels: bgr, range: 255}, ignore: [aux.*]}\n"));
    write_file(folder_ / "cards" / "theirs.yaml",
               card_text("theirs", "- {file: theirs.st, sha256: fedcba98, first_layer_rms: 7}\n"));
    write_file(folder_ / "cards" / "plain.yaml", card_text("plain", "- {file: plain.st}\n"));
    mine_ = load_card("mine", paths_);
    plain_ = load_card("plain", paths_);
  }

  /// A file whose first layer has these root mean squares, one a channel.
  static weights::StateDict file_of(const std::vector<double>& rms, int64_t filters = 64) {
    weights::StateDict file;
    file.file = "somewhere/user.st";
    file.sha256 = kOther;
    at::Tensor weight = at::ones({filters, 3, 3, 3});
    weight.slice(0, 0, filters / 2).neg_();
    for (int64_t c = 0; c < 3; ++c) weight.select(1, c).mul_(rms[static_cast<size_t>(c)]);
    file.tensors["features.0.weight"] = weight;
    return file;
  }

  WeightsEntry entry(const weights::StateDict& file, const Card& card) const {
    return entry_of(file, card, build(card.architecture), paths_);
  }

  TemporaryFolder folder_;
  ModelPaths paths_;
  Card mine_, plain_;
};

TEST_F(WeightFiles, TheFirstEntryThatIsThereIsFound) {
  EXPECT_EQ(find_weights(mine_, paths_), std::nullopt);
  write_file(folder_ / "first" / "bgr.st", "");
  EXPECT_EQ(find_weights(mine_, paths_), folder_ / "first" / "bgr.st");
  write_file(folder_ / "second" / "rgb.st", "");
  EXPECT_EQ(find_weights(mine_, paths_), folder_ / "second" / "rgb.st") << "the card's order";
  write_file(folder_ / "first" / "rgb.st", "");
  EXPECT_EQ(find_weights(mine_, paths_), folder_ / "first" / "rgb.st") << "then the folders'";
}

TEST_F(WeightFiles, WhatToDoNamesTheAddressAndThePlace) {
  const std::string text = how_to_get_weights(mine_, paths_);
  EXPECT_THAT(text, HasSubstr("https://example.org/rgb.st"));
  EXPECT_THAT(text, HasSubstr((folder_ / "second" / "rgb.st").string()));
  EXPECT_THAT(how_to_get_weights(plain_, paths_), HasSubstr("--weights"));
}

TEST_F(WeightFiles, ADigestTellsTheEntryWhateverTheNumbers) {
  weights::StateDict file = file_of({100, 100, 100});
  file.sha256 = kDigest + std::string(48, '0');
  EXPECT_EQ(entry(file, mine_).file, "rgb.st");
}

TEST_F(WeightFiles, TheFirstLayerTellsOrderAndRangeOfTheChannels) {
  EXPECT_EQ(entry(file_of({2.05, 3.9, 8.1}), mine_).file, "rgb.st");
  const WeightsEntry bgr = entry(file_of({0.081, 0.0395, 0.0201}), mine_);
  EXPECT_EQ(bgr.file, "bgr.st");
  EXPECT_TRUE(bgr.input.bgr);
  EXPECT_EQ(bgr.input.range, 255);
}

TEST_F(WeightFiles, FurtherTrainingMayMoveTheFirstLayerThreefold) {
  EXPECT_EQ(entry(file_of({5, 2, 9}), mine_).file, "rgb.st");
  EXPECT_TRUE(throws<InputError>(
      [&] {
        entry(file_of({7, 4, 8}), mine_);
      },
      "user.st: the root mean square of its first layer is 7 4 8"));
  EXPECT_TRUE(throws<InputError>([&] { entry(file_of({8, 4, 2}), mine_); }, "another family"));
}

TEST_F(WeightFiles, AnotherFamilysWeightsNameItsCard) {
  EXPECT_TRUE(throws<InputError>(
      [&] {
        entry(file_of({7, 7, 7}), mine_);
      },
      "user.st: these are the weights of theirs"));
  EXPECT_TRUE(throws<InputError>([&] { entry(file_of({7, 7, 7}), plain_); }, "network theirs"));
  weights::StateDict known = file_of({1, 1, 1});
  known.sha256 = "fedcba98" + std::string(56, '0');
  EXPECT_TRUE(throws<InputError>([&] { entry(known, plain_); }, "network theirs"));
}

TEST_F(WeightFiles, OfAnotherWidthBelongToNoneOfThem) {
  EXPECT_EQ(entry(file_of({7, 7, 7}, 24), plain_).file, "plain.st");
  EXPECT_EQ(entry(file_of({100, 1, 1}, 24), mine_).file, "rgb.st")
      << "what does not fit is then said of every tensor";
}

TEST_F(WeightFiles, WhatIsKnownOfNobodyIsTakenAsItIs) {
  EXPECT_EQ(entry(file_of({1, 1, 1}), plain_).file, "plain.st");
  weights::StateDict file = file_of({1, 1, 1});
  file.tensors.clear();
  file.file = "elsewhere/bgr.st";
  EXPECT_EQ(entry(file, mine_).file, "bgr.st") << "by its name, where the first layer is not there";
  Card bare = plain_;
  bare.weights.clear();
  bare.input.range = 255;
  EXPECT_EQ(entry(file_of({1, 1, 1}), bare).input.range, 255);
}

TEST_F(WeightFiles, ADamagedFileIsRefused) {
  weights::StateDict file = file_of({2, 4, 8});
  EXPECT_TRUE(throws<InputError>([&] { check_digest(file, mine_.weights[0]); },
                                 "its SHA-256 is " + kOther));
  check_digest(file, mine_.weights[1]);
  file.sha256 = kDigest + std::string(48, '0');
  check_digest(file, mine_.weights[0]);
}

TEST_F(WeightFiles, LayersAreRenamedAndExtrasLeftOut) {
  WeightsEntry entry;
  entry.rename = {{"classifier.1", "classifier.0"}, {"classifier.4", "classifier.3"}};
  entry.ignore = {"aux.*"};
  weights::StateDict file;
  for (const char* name : {"classifier.1.weight", "classifier.4.bias", "classifier.10.weight",
                           "aux.1.weight", "features.0.weight"}) {
    file.tensors[name] = at::ones({1});
  }
  file.refused = {{"classifier.1.bias", "why"}, {"aux.2", "why"}};
  const weights::StateDict result = adapted(file, entry);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : result.tensors) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("classifier.0.weight", "classifier.10.weight",
                                            "classifier.3.bias", "features.0.weight"));
  EXPECT_EQ(result.refused.size(), 1U);
  EXPECT_TRUE(result.refused.contains("classifier.0.bias"));
}

}  // namespace
}  // namespace strata::nn

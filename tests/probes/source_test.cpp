#include "probes/source.hpp"

#include "base/error.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <functional>
#include <set>

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using namespace strata::testing;

/// The key of the first column after one change of the request.
std::string key_after(const TemporaryFolder& folder,
                      const std::function<void(NetworkChoice&, ExtractionChoice&)>& change,
                      const std::string& feature = "gap",
                      const std::string& dtype = "float32") {
  NetworkChoice network{toy_network(folder.path()), {"relu2_1"}};
  ExtractionChoice extraction;
  extraction.device = "cpu";
  extraction.threads = 1;
  change(network, extraction);
  FeatureSource source = open_source(network, features_from({feature}), extraction, quiet());
  set_keys(source, dtype);
  return source.columns.front().key.hash;
}

TEST(FeatureKey, ChangesWithEveryIngredient) {
  const TemporaryFolder folder;
  const auto nothing = [](NetworkChoice&, ExtractionChoice&) {};
  const auto card = [](const std::string& key, const std::string& value) {
    return [=](NetworkChoice& network, ExtractionChoice&) {
      network.request.overrides.set(key, value);
    };
  };
  const std::vector<std::string> keys = {
      key_after(folder, nothing),
      key_after(folder,
                [](NetworkChoice& n, ExtractionChoice&) { n.request.weights = "random:1"; }),
      key_after(folder, [](NetworkChoice& n, ExtractionChoice&) { n.taps = {"conv2_1"}; }),
      key_after(folder, [](NetworkChoice&, ExtractionChoice& e) { e.fit = "pad"; }),
      key_after(folder, [](NetworkChoice&, ExtractionChoice& e) { e.fit = "squash"; }),
      key_after(folder, [](NetworkChoice&, ExtractionChoice& e) { e.size = 48; }),
      key_after(folder, [](NetworkChoice&, ExtractionChoice& e) { e.precision = "bfloat16"; }),
      key_after(folder, card("input.mean", "[0.5, 0.5, 0.4]")),
      key_after(folder, card("input.std", "[0.25, 0.25, 0.2]")),
      key_after(folder, card("input.channels", "bgr")),
      key_after(folder, card("input.range", "255")),
      key_after(folder, card("input.resize", "40")),
      key_after(folder, card("input.interpolation", "bilinear")),
      key_after(folder, card("architecture.padding", "reflect")),
      key_after(folder, card("architecture.widths", "[6, 11, 12, 12, 8, 8, 8, 8]")),
      key_after(folder, nothing, "gram"),
      key_after(folder, nothing, "gram:16"),
      key_after(folder, nothing, "gap", "float16"),
  };
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
}

TEST(FeatureKey, DoesNotChangeWithWhatNumbersDoNotDependOn) {
  const TemporaryFolder folder;
  const std::string key = key_after(folder, [](NetworkChoice&, ExtractionChoice&) {});
  EXPECT_EQ(key, key_after(folder, [](NetworkChoice&, ExtractionChoice& e) { e.batch = 3; }));
  EXPECT_EQ(key, key_after(folder, [](NetworkChoice&, ExtractionChoice& e) { e.threads = 2; }));
  EXPECT_EQ(key, key_after(folder, [](NetworkChoice& n, ExtractionChoice&) {
              n.taps = {"relu2_1", "relu3_2"};
            }));
  EXPECT_EQ(key_after(
                folder, [](NetworkChoice&, ExtractionChoice&) {}, "gram"),
            key_after(
                folder, [](NetworkChoice&, ExtractionChoice&) {}, "gram:4096"))
      << "10 channels are exact under both limits";
}

TEST(FeatureSource, HasAColumnForEachTapAndFeatureInOrderOfDepth) {
  const TemporaryFolder folder;
  const FeatureSource source = toy_source(folder.path());
  std::vector<std::string> names;
  for (const FeatureColumn& column : source.columns) {
    names.push_back(column.tap.title + " " + column.feature.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"relu1_1 gap", "relu1_1 gram", "relu2_1 gap",
                                             "relu2_1 gram", "relu3_2 gap", "relu3_2 gram"}));
  EXPECT_EQ(source.columns[1].key.dims, 21);
  EXPECT_EQ(source.fit.size, 32);
  EXPECT_EQ(source.fit.resize, 36);
}

TEST(FeatureSource, LeavesOutGramWhereALayerHasOnePosition) {
  const TemporaryFolder folder;
  ExtractionChoice choice;
  choice.device = "cpu";
  choice.threads = 1;
  const FeatureSource source = open_source({toy_network(folder.path()), {"relu4_1", "pool5"}},
                                           features_from({"gram"}), choice, quiet());
  EXPECT_EQ(source.columns.size(), 1U);
  ASSERT_EQ(source.left_out.size(), 1U);
  EXPECT_NE(source.left_out[0].find("pool5"), std::string::npos);
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        open_source({toy_network(folder.path()), {"pool5"}}, features_from({"gram"}), choice,
                    quiet());
      },
      "one position only"));
}

TEST(FeatureSource, KeepsTheCardsRatioOfScalingToCropping) {
  nn::Preprocessing input;  // 256 to 224
  ExtractionChoice choice;
  choice.size = 112;
  EXPECT_EQ(fit_options(input, choice).resize, 128);
  EXPECT_EQ(fit_options(input, ExtractionChoice()).resize, 256);
}

TEST(FeatureSource, NamesAnUnknownNetworkOrLayer) {
  const TemporaryFolder folder;
  ExtractionChoice choice;
  choice.device = "cpu";
  choice.threads = 1;
  const auto open = [&](const nn::NetworkRequest& request, const std::string& tap) {
    open_source({request, {tap}}, features_from({"gap"}), choice, quiet());
  };
  EXPECT_TRUE(throws<UsageError>([&] { open({"vgg111", "random", "", {}}, "relu1_1"); }, "vgg11"));
  EXPECT_TRUE(throws<UsageError>([&] { open(toy_network(folder.path()), "relu1_l"); },
                                 "did you mean relu1_1?"));
}

}  // namespace
}  // namespace strata::probes

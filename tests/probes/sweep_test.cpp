#include "probes/sweep.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using strata::testing::throws;

Sweep sweep(const std::string& text) { return Sweep::from(Config::from_text(text, "sweep.yaml")); }

TEST(Sweep, NeedsNoMoreThanPictures) {
  const Sweep s = sweep("data: {path: pictures}");
  ASSERT_EQ(s.networks.size(), 1U);
  EXPECT_EQ(s.networks[0].network, "embedded");
  EXPECT_EQ(s.data.label, "class");
  EXPECT_EQ(s.features.size(), 1U);
  EXPECT_EQ(s.probe.folds, 5);
  EXPECT_EQ(s.probe.lambdas.size(), 8U);
  EXPECT_EQ(s.probe.lambdas.front(), 10);
  EXPECT_EQ(s.probe.lambdas.back(), 1e-6);
}

TEST(Sweep, ReadsNetworksWithTheirWeightsAndOverrides) {
  const Config config = Config::from_text(R"(
networks:
  - vgg11
  - {card: resnet20, weights: file.th, weights_key: ema, set: {input: {size: 40}}}
data: {path: p}
)",
                                          "sweep.yaml");
  const Config overrides = Config::from_text("input: {resize: 50}", "--set");
  const Sweep s = Sweep::from(config, overrides);
  ASSERT_EQ(s.networks.size(), 2U);
  EXPECT_EQ(s.networks[1].weights, "file.th");
  EXPECT_EQ(s.networks[1].weights_key, "ema");
  const auto set = s.networks[1].overrides.to_json();
  EXPECT_EQ(set["input"]["size"], 40);
  EXPECT_EQ(set["input"]["resize"], 50);
}

TEST(Sweep, PutsLambdasFromStrongToWeak) {
  const Sweep s = sweep("{data: {path: p}, probe: {lambdas: [1e-3, 1, 1e-3, 0.1]}}");
  EXPECT_EQ(s.probe.lambdas, (std::vector<double>{1, 0.1, 1e-3}));
  EXPECT_EQ(log_spaced(10, 1e-3, 5), (std::vector<double>{10, 1, 0.1, 0.01, 0.001}));
  EXPECT_EQ(log_spaced(2, 5, 1), (std::vector<double>{2}));
}

TEST(Sweep, NamesWhatIsWrong) {
  const auto refuses = [](const std::string& text, const std::string& part) {
    return throws<UsageError>([&] { sweep(text); }, part);
  };
  EXPECT_TRUE(refuses("{data: {path: p}, featuers: [gap]}", "did you mean features?"));
  EXPECT_TRUE(refuses("{dta: {path: p}}", "did you mean data?"));
  EXPECT_TRUE(refuses("features: [gap]", "data: is missing"));
  EXPECT_TRUE(refuses("data: {layout: class}", "data.path: is missing"));
  EXPECT_TRUE(refuses("data: {path: p, label: clas}", "did you mean class?"));
  EXPECT_TRUE(refuses("{data: {path: p}, probe: {folds: 2}}", "probe.folds"));
  EXPECT_TRUE(refuses("{data: {path: p}, probe: {lambdas: [-1]}}", "probe.lambdas"));
  EXPECT_TRUE(refuses("{data: {path: p}, probe: {lambdas: []}}", "empty list"));
  EXPECT_TRUE(refuses("{data: {path: p}, probe: {lambdas: {form: 1}}}", "did you mean from?"));
  EXPECT_TRUE(refuses("{data: {path: p}, probe: {kind: svm}}", "logistic"));
  EXPECT_TRUE(refuses("{data: {path: p}, networks: [{card: a, wieghts: b}]}", "weights?"));
  EXPECT_TRUE(refuses("{data: {path: p}, split: {test: 1}}", "split.test"));
  EXPECT_TRUE(refuses("{data: {path: p}, fit: cropp}", "did you mean crop?"));
  EXPECT_TRUE(refuses("{data: {path: p}, features: [grams]}", "did you mean gram?"));
}

TEST(Sweep, RecordsWhatItResolved) {
  const auto record = sweep("{data: {path: p}, size: 64, features: [gap, gram]}").to_json();
  EXPECT_EQ(record["size"], 64);
  EXPECT_EQ(record["features"][1], "gram");
  EXPECT_EQ(record["probe"]["folds"], 5);
  EXPECT_EQ(record["data"]["layout"], "auto");
}

TEST(Sweep, ReadsEveryFileInConfigs) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(STRATA_SOURCE_DIR) / "configs/probes")) {
    EXPECT_NO_THROW(Sweep::from(Config::from_file(entry.path()))) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

TEST(Sweep, OfTheExplainedFileIsTheDefault) {
  const fs::path file = fs::path(STRATA_SOURCE_DIR) / "configs/probes/classes.yaml";
  EXPECT_EQ(Sweep::from(Config::from_file(file)).to_json(),
            sweep("data: {path: pictures}").to_json());
}

}  // namespace
}  // namespace strata::probes

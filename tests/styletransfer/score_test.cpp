#include "styletransfer/score.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "image/tensor.hpp"
#include "styletransfer/fixtures.hpp"
#include "styletransfer/golden_pictures.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using strata::testing::TemporaryFolder;
using strata::testing::throws;

// Terms in single precision against golden/style_terms.py in double precision.
class GoldenScore : public ::testing::Test {
 protected:
  static std::vector<json> golden(const std::string& network) {
    const fs::path file = fs::path(STRATA_SOURCE_DIR) / "tests/golden/style_terms.json";
    std::vector<json> cases = json::parse(read_text(file))["cases"];
    std::erase_if(cases, [&](const json& entry) { return entry["network"] != network; });
    return cases;
  }

  std::string picture(const json& entry) const {
    const auto height = entry[0].get<int>(), width = entry[1].get<int>(),
               seed = entry[2].get<int>();
    const fs::path file = folder_ / fmt::format("{}x{}-{}.png", height, width, seed);
    if (!fs::exists(file)) strata::testing::write_golden_picture(file, height, width, seed);
    return file.string();
  }

  ScoreOptions options_of(const json& entry, const std::string& weights) const {
    ScoreOptions options;
    options.picture = picture(entry["picture"]);
    options.content = picture(entry["content"]);
    options.styles = {picture(entry["style"])};
    options.objective.preset = entry["preset"];
    options.objective.weights = weights;
    options.objective.content_layers = entry["content_layers"];
    options.objective.style_layers = entry["style_layers"];
    return options;
  }

  // The weights by formula as a card of this preset expects them.
  std::string formula_weights(const json& entry) const {
    const bool torchvision = entry["network"] == "formula-torchvision";
    const fs::path file = folder_ / (torchvision ? "torchvision.safetensors" : "caffe.safetensors");
    if (!fs::exists(file)) {
      strata::testing::write_golden_weights(file, torchvision
                                                      ? strata::testing::kTorchvisionFirstLayer
                                                      : strata::testing::kCaffeFirstLayer);
    }
    return file.string();
  }

  void expect_equal(const json& entry, const ObjectiveValue& value) {
    SCOPED_TRACE(entry["preset"].get<std::string>() + " " + entry["picture"].dump());
    ASSERT_EQ(value.terms.size(), entry["terms"].size());
    for (const json& expected : entry["terms"]) {
      const auto found =
          std::find_if(value.terms.begin(), value.terms.end(), [&](const TermValue& term) {
            // Presets with two losses on one layer weigh them differently.
            const double weight = expected["weight"];
            return term.loss == expected["loss"] && term.tap == expected["tap"] &&
                   std::abs(term.weight - weight) <= 1e-12 * weight;
          });
      ASSERT_NE(found, value.terms.end()) << expected;
      const auto exact = expected["value"].get<double>();
      EXPECT_NEAR(found->value, exact, kTolerance * exact) << expected;
      worst_ = std::max(worst_, std::abs(found->value / exact - 1));
    }
    const auto total = entry["total"].get<double>();
    EXPECT_NEAR(value.loss, total, kTolerance * total);
    RecordProperty("largest_relative_error", fmt::format("{:.1e}", worst_));
  }

  static constexpr double kTolerance = 1e-4;
  double worst_ = 0.0;
  TemporaryFolder folder_;
  Log log_{Log::Level::quiet};
};

TEST_F(GoldenScore, AgreesOnTheWholeNetworkWithWeightsByFormula) {
  for (const auto& [network, count] : {std::pair{"formula", 16U}, {"formula-torchvision", 4U}}) {
    const auto cases = golden(network);
    ASSERT_EQ(cases.size(), count);
    for (const json& entry : cases) {
      expect_equal(entry, run_score(options_of(entry, formula_weights(entry)), log_).value);
    }
  }
}

// In double precision: where it rounds, a ReLU or a maximum may fall on its other side.
TEST_F(GoldenScore, HasTheGradientsOfAutomaticDifferentiation) {
  size_t count = 0;
  for (const char* network : {"formula", "formula-torchvision"}) {
    for (const json& entry : golden(network)) {
      if (!entry.contains("gradient")) continue;
      ++count;
      SCOPED_TRACE(entry["preset"].get<std::string>() + " " + entry["picture"].dump());
      ScoreOptions options = options_of(entry, formula_weights(entry));
      options.objective.precision = "float64";
      const Setting setting = resolve(options.objective, log_);
      const auto at_own_size = [&](const std::string& file) {
        return image::rgb_nchw_01(image::decode(file)).to(at::kDouble);
      };
      const auto objective =
          build_objective(setting.backbone, setting.recipe, at_own_size(options.content),
                          at_own_size(options.styles[0]));
      const at::Tensor gradient = objective->evaluate(at_own_size(options.picture)).gradient;
      const json& golden_gradient = entry["gradient"];
      const auto norm = golden_gradient["norm"].get<double>();
      EXPECT_NEAR(gradient.norm().item<double>(), norm, 1e-4 * norm);
      const auto every = golden_gradient["every"].get<int64_t>();
      const at::Tensor expected =
          at::tensor(golden_gradient["entries"].get<std::vector<double>>(), at::kDouble);
      EXPECT_TRUE(strata::testing::tensors_close(gradient.flatten().slice(0, 0, {}, every),
                                                 expected, kTolerance));
    }
  }
  EXPECT_EQ(count, 14U);
}

TEST_F(GoldenScore, AgreesOnThePublishedWeightsAsDeepAsTheyGo) {
  const auto data = strata::testing::shared_data();
  if (!data) GTEST_SKIP() << strata::testing::kNoSharedData;
  const std::string weights = (*data / "weights/vgg19_conv1_1-conv3_4.safetensors").string();
  const auto cases = golden("published");
  ASSERT_EQ(cases.size(), 16U);
  for (const json& entry : cases) {
    expect_equal(entry, run_score(options_of(entry, weights), log_).value);
  }
}

class Score : public ::testing::Test {
 protected:
  Score() {
    options_.picture = strata::testing::write_picture(folder_ / "picture.png", 40, 30, 1);
    options_.content = strata::testing::write_picture(folder_ / "content.png", 60, 44, 2);
    options_.styles = {strata::testing::write_picture(folder_ / "style.png", 50, 50, 3)};
    options_.objective.network = strata::testing::write_narrow_card(folder_.path());
    options_.objective.weights = "random:5";
  }

  ScoreReport run() { return run_score(options_, log_); }

  TemporaryFolder folder_;
  ScoreOptions options_;
  Log log_{Log::Level::quiet};
};

TEST_F(Score, IsTakenAtThePicturesOwnSizeAndTellsWhatMadeIt) {
  const json report = run().to_json();
  EXPECT_EQ(report["width"], 40);
  EXPECT_EQ(report["height"], 30);
  EXPECT_EQ(report["network"], "narrow");
  EXPECT_EQ(report["preset"], "strata");
  EXPECT_EQ(report["terms"].size(), 5U);
}

TEST_F(Score, OfTheContentPictureItselfHasNoContentTerm) {
  options_.picture = options_.content;
  EXPECT_EQ(run().value.sum_of("content"), 0.0);
}

TEST_F(Score, OfTheStylePictureItselfHasNoStyleTerm) {
  options_.picture = options_.styles[0];
  EXPECT_EQ(run().value.sum_of("style"), 0.0);
}

TEST_F(Score, InDoublePrecisionIsNearTheOneInSingle) {
  const double single = run().value.loss;
  options_.objective.precision = "float64";
  EXPECT_NEAR(run().value.loss, single, 1e-4 * single);
}

TEST_F(Score, WithoutAPictureNamesWhichOne) {
  options_.content = "";
  EXPECT_TRUE(throws<UsageError>([&] { run(); }, "content"));
}

TEST_F(Score, OfAPictureThatIsTooSmallNamesIt) {
  options_.picture = strata::testing::write_picture(folder_ / "dot.png", 1, 1, 4);
  EXPECT_TRUE(throws<InputError>([&] { run(); }, "dot.png: 1 x 1 is too small"));
}

}  // namespace
}  // namespace strata::styletransfer

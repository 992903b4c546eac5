#include "styletransfer/plan.hpp"

#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

using strata::testing::TemporaryFolder;

class Plan : public ::testing::Test {
 protected:
  Plan() {
    ObjectiveOptions options;
    options.network = strata::testing::write_narrow_card(folder_.path());
    options.weights = "random";
    Log log(Log::Level::quiet);
    setting_ = resolve(options, log);
  }

  TemporaryFolder folder_;
  Setting setting_;
};

TEST_F(Plan, HasTheSizesOfBothPicturesAtEveryScale) {
  const StylizePlan plan = make_plan(setting_, {{64, 20}, {128, 10}}, {300, 400}, {{500, 250}});
  ASSERT_EQ(plan.scales.size(), 2U);
  EXPECT_EQ(plan.scales[0].size, (Size{48, 64}));
  EXPECT_EQ(plan.scales[0].style, (Size{64, 32}));
  EXPECT_EQ(plan.scales[0].iterations, 20);
  EXPECT_EQ(plan.scales[1].size, (Size{96, 128}));
}

TEST_F(Plan, LeavesOutCoarseScalesThatAreTooSmallForTheNetwork) {
  // A third as high as wide: 16 x 5 does not go through three poolings, 32 x 11 does.
  const StylizePlan plan =
      make_plan(setting_, {{16, 5}, {32, 5}, {64, 5}}, {100, 300}, {{300, 300}});
  ASSERT_EQ(plan.scales.size(), 2U);
  EXPECT_EQ(plan.scales[0].size, (Size{11, 32}));
}

TEST_F(Plan, CostsGrowWithTheNumberOfPixels) {
  const StylizePlan plan = make_plan(setting_, {{64, 20}, {128, 10}}, {64, 64}, {{64, 64}});
  EXPECT_NEAR(plan.scales[1].multiply_adds / plan.scales[0].multiply_adds, 4.0, 0.2);
  EXPECT_GT(plan.scales[1].memory_bytes, plan.scales[0].memory_bytes);
  EXPECT_EQ(plan.memory_bytes, plan.scales[1].memory_bytes);
  EXPECT_NEAR(plan.multiply_adds,
              20 * plan.scales[0].multiply_adds + 10 * plan.scales[1].multiply_adds,
              1e-9 * plan.multiply_adds);
}

TEST_F(Plan, OfALongerHistoryNeedsMoreMemory) {
  const auto bytes = [&](OptimizerSettings optimizer) {
    setting_.recipe.preset.optimizer = optimizer;
    return make_plan(setting_, {{128, 10}}, {128, 128}, {{128, 128}}).memory_bytes;
  };
  const double short_history = bytes({.history = 10}), long_history = bytes({.history = 100});
  // Two pictures a pair.
  EXPECT_NEAR(long_history - short_history, 90 * 2 * 3 * 128 * 128 * 4.0, 1.0);
  EXPECT_LT(bytes({.kind = OptimizerSettings::Kind::adam}), short_history);
}

TEST_F(Plan, AsJsonListsItsScales) {
  const nlohmann::json json = make_plan(setting_, {{64, 20}}, {64, 64}, {{64, 64}}).to_json();
  EXPECT_EQ(json["scales"][0]["width"], 64);
  EXPECT_EQ(json["scales"][0]["iterations"], 20);
  EXPECT_GT(json["memory_bytes"].get<double>(), 0.0);
}

}  // namespace
}  // namespace strata::styletransfer

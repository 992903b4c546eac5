#include "probes/depth_plot.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

LayerSummary layer(const std::string& network, int64_t order, int64_t depth, double accuracy) {
  LayerSummary summary;
  summary.cell.network = network;
  summary.cell.order = order;
  summary.cell.depth = depth;
  summary.cell.tap = "layer" + std::to_string(order);
  summary.cell.feature = "gap";
  summary.cell.chance = 0.25;
  summary.accuracy = accuracy;
  summary.standard_error = 0.01;
  return summary;
}

TEST(DepthPlot, OfOneNetworkNamesItsLayers) {
  const auto plot = depth_plot({layer("toy", 0, 1, 0.5), layer("toy", 1, 3, 0.7)}, "class");
  EXPECT_EQ(plot.categories, (std::vector<std::string>{"layer0", "layer1"}));
  ASSERT_EQ(plot.series.size(), 1U);
  EXPECT_EQ(plot.series[0].x, (std::vector<double>{0, 1}));
  EXPECT_NEAR(plot.series[0].low[1], 0.69, 1e-12);
  EXPECT_NEAR(plot.series[0].high[1], 0.71, 1e-12);
  EXPECT_EQ(plot.references[0].y, 0.25);
}

TEST(DepthPlot, OfSeveralNetworksPutsLayersAtTheirDepth) {
  const auto plot = depth_plot(
      {layer("toy", 0, 1, 0.5), layer("toy", 1, 3, 0.7), layer("other", 0, 2, 0.6)}, "class");
  EXPECT_TRUE(plot.categories.empty());
  ASSERT_EQ(plot.series.size(), 2U);
  EXPECT_EQ(plot.series[0].x, (std::vector<double>{1, 3}));
  EXPECT_EQ(plot.series[1].name, "other, gap");
}

TEST(DepthPlot, HasALineForEachFeatureAndAGapWhereNothingConverged) {
  LayerSummary gram = layer("toy", 1, 3, NAN);
  gram.cell.feature = "gram";
  const auto plot = depth_plot({layer("toy", 0, 1, 0.5), gram}, "class");
  ASSERT_EQ(plot.series.size(), 2U);
  EXPECT_EQ(plot.series[1].x, (std::vector<double>{1}));
  EXPECT_TRUE(std::isnan(plot.series[1].y[0]));
  EXPECT_FALSE(report::svg(plot).empty());
}

}  // namespace
}  // namespace strata::probes

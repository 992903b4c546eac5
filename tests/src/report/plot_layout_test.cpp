#include "report/plot_layout.hpp"

#include "base/error.hpp"

#include <numbers>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace strata::report {
namespace {

PlotLayout laid_out(const LinePlot& plot) {
  PlotLayout layout;
  measure_on_nothing([&](cairo_t* cr) { layout = lay_out(cr, plot); });
  return layout;
}

LinePlot plot_of_layers(size_t layers, const std::string& prefix = "relu") {
  LinePlot plot;
  plot.x_title = "layer";
  plot.y_title = "accuracy";
  Series series;
  for (size_t i = 0; i < layers; ++i) {
    plot.categories.push_back(fmt::format("{}{}", prefix, i));
    series.y.push_back(0.2 + 0.5 * static_cast<double>(i) / static_cast<double>(layers));
  }
  plot.series.push_back(series);
  return plot;
}

TEST(PlotLayout, TurnsNamesOnlyAsFarAsNeeded) {
  EXPECT_EQ(laid_out(plot_of_layers(5)).category_angle, 0);
  EXPECT_NEAR(laid_out(plot_of_layers(25)).category_angle, std::numbers::pi / 4, 1e-12);
  EXPECT_NEAR(laid_out(plot_of_layers(50)).category_angle, std::numbers::pi / 2, 1e-12);
}

TEST(PlotLayout, LeavesNamesOutOnlyWhereTheyWouldOverlap) {
  EXPECT_EQ(laid_out(plot_of_layers(50)).category_every, 1U);
  EXPECT_GT(laid_out(plot_of_layers(200)).category_every, 1U);
}

TEST(PlotLayout, GrowsTallerForLongNames) {
  const LinePlot plot = plot_of_layers(30, "a_block_with_a_very_long_name.and_a_part_of_it.conv");
  const PlotLayout layout = laid_out(plot);
  EXPECT_GT(layout.size.height, plot.height);
  EXPECT_GE(layout.bottom - layout.top, 0.5 * plot.height);
}

TEST(PlotLayout, KeepsASlantedFirstNameInsideThePicture) {
  LinePlot plot = plot_of_layers(20);
  plot.categories.front() = "the_first_layer_has_a_long_name";
  measure_on_nothing([&](cairo_t* cr) {
    const PlotLayout layout = lay_out(cr, plot);
    ASSERT_GT(layout.category_angle, 0);
    const double reach =
        text_width(cr, kCategoryFont, {plot.categories.front()}) * std::cos(layout.category_angle);
    EXPECT_GE(layout.map_x(0) - reach, 0);
  });
}

TEST(PlotLayout, ShowsAllDataIntervalsAndReferences) {
  LinePlot plot = plot_of_layers(3);
  plot.series[0].low = {0.1, 0.3, 0.4};
  plot.series[0].high = {0.3, 0.5, 1.7};
  plot.references = {{-0.4, "below"}};
  const PlotLayout layout = laid_out(plot);
  EXPECT_LE(layout.y.low, -0.4);
  EXPECT_GE(layout.y.high, 1.7);
  EXPECT_GT(layout.map_y(-0.4), layout.map_y(1.7));
}

TEST(PlotLayout, KeepsTheLimitsThatAreAskedFor) {
  LinePlot plot = plot_of_layers(3);
  plot.y_limits = {0.0, 1.0};
  const PlotLayout layout = laid_out(plot);
  EXPECT_DOUBLE_EQ(layout.map_y(0), layout.bottom);
  EXPECT_DOUBLE_EQ(layout.map_y(1), layout.top);
}

TEST(PlotLayout, PutsTenfoldStepsAtEqualDistancesOnALogAxis) {
  LinePlot plot;
  plot.x_scale = Scale::log;
  plot.series = {{"", {1e-6, 1e-4, 1e-2}, {1, 2, 3}, {}, {}}};
  const PlotLayout layout = laid_out(plot);
  EXPECT_NEAR(layout.map_x(1e-4) - layout.map_x(1e-6), layout.map_x(1e-2) - layout.map_x(1e-4),
              1e-9);
}

TEST(PlotLayout, WrapsALegendThatIsTooLong) {
  LinePlot plot = plot_of_layers(5);
  plot.series.clear();
  for (int i = 0; i < 8; ++i) {
    plot.series.push_back({fmt::format("a series with a rather long name {}", i), {}, {1}, {}, {}});
  }
  plot.series.push_back({"", {}, {1}, {}, {}});
  const PlotLayout layout = laid_out(plot);
  ASSERT_EQ(layout.legend.size(), 8U);
  EXPECT_GT(layout.legend.back().y, layout.legend.front().y);
  EXPECT_LT(layout.legend.back().y, layout.top);
}

TEST(PlotLayout, RefusesSeriesWhosePartsDoNotMatch) {
  LinePlot plot;
  plot.series = {{"a", {1, 2}, {1}, {}, {}}};
  EXPECT_THROW(laid_out(plot), Fault);
  plot.series = {{"a", {}, {1, 2}, {1}, {2}}};
  EXPECT_THROW(laid_out(plot), Fault);
  plot.series = {{"a", {}, {1, 2}, {1, 2}, {}}};
  EXPECT_THROW(laid_out(plot), Fault);
}

}  // namespace
}  // namespace strata::report

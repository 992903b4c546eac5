#include "report/plot.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <png.h>

namespace strata::report {
namespace {

struct Pixels {
  unsigned width = 0, height = 0;
  std::vector<unsigned char> rgb;

  const unsigned char* at(unsigned x, unsigned y) const {
    return &rgb[3 * (size_t{y} * width + x)];
  }
  bool white(unsigned x, unsigned y) const {
    const unsigned char* p = at(x, y);
    return p[0] == 255 && p[1] == 255 && p[2] == 255;
  }
};

Pixels pixels_of(const std::vector<std::byte>& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), 0);
  image.format = PNG_FORMAT_RGB;
  Pixels pixels{image.width, image.height, std::vector<unsigned char>(PNG_IMAGE_SIZE(image))};
  EXPECT_NE(png_image_finish_read(&image, nullptr, pixels.rgb.data(), 0, nullptr), 0);
  return pixels;
}

/// Pixels near to a colour of the palette, given in 0..255.
size_t count_colour(const Pixels& pixels, int red, int green, int blue) {
  size_t count = 0;
  for (size_t i = 0; i < pixels.rgb.size(); i += 3) {
    const int d = std::abs(pixels.rgb[i] - red) + std::abs(pixels.rgb[i + 1] - green) +
                  std::abs(pixels.rgb[i + 2] - blue);
    count += d < 12 ? 1 : 0;
  }
  return count;
}

/// Accuracy by depth as the probe draws it: rises, with error bars, and chance.
LinePlot accuracy_by_depth(size_t layers, size_t networks) {
  LinePlot plot;
  plot.title = "What a linear probe reads from each layer";
  plot.x_title = "layer";
  plot.y_title = "accuracy (5 folds, \u00b1 1 standard error)";
  for (size_t i = 0; i < layers; ++i) {
    plot.categories.push_back(fmt::format("layer{}.{}.conv{}", 1 + i / 12, (i / 2) % 6, 1 + i % 2));
  }
  Random random(7, "plot");
  for (size_t s = 0; s < networks; ++s) {
    Series series;
    series.name = fmt::format("domain {}", s + 1);
    for (size_t i = 0; i < layers; ++i) {
      const double depth = static_cast<double>(i) / static_cast<double>(layers);
      const double y =
          0.25 + 0.6 * std::sqrt(depth) - 0.08 * static_cast<double>(s) + 0.015 * random.normal();
      const double error = 0.01 + 0.02 * random.uniform();
      series.y.push_back(y);
      series.low.push_back(y - error);
      series.high.push_back(y + error);
    }
    plot.series.push_back(series);
  }
  plot.references = {{1.0 / 7, "chance (1 of 7 classes)"}};
  return plot;
}

TEST(Plot, GivesTheSameBytesForTheSameInput) {
  const LinePlot plot = accuracy_by_depth(26, 2);
  EXPECT_EQ(svg(plot), svg(plot));
  EXPECT_EQ(png(plot), png(plot));
}

TEST(Plot, CutsNothingOffAtTheEdges) {
  LinePlot log_plot;
  log_plot.x_scale = Scale::log;
  log_plot.x_title = "\u03bb";
  log_plot.y_title = "accuracy";
  log_plot.series = {{"gap", {1e-6, 1e-4, 1e-2, 1}, {0.5, 0.7, 0.8, 0.3}, {}, {}}};
  LinePlot long_titles = accuracy_by_depth(8, 1);
  long_titles.title = long_titles.y_title = long_titles.x_title = long_titles.series[0].name =
      std::string(300, 'm');
  LinePlot long_first_name = accuracy_by_depth(16, 1);
  long_first_name.categories.front() = std::string(60, 'm');
  for (const LinePlot& plot :
       {accuracy_by_depth(3, 1), accuracy_by_depth(20, 4), accuracy_by_depth(60, 3),
        accuracy_by_depth(160, 1), log_plot, long_titles, long_first_name}) {
    const Pixels pixels = pixels_of(png(plot));
    for (unsigned x = 0; x < pixels.width; ++x) {
      ASSERT_TRUE(pixels.white(x, 0)) << "top edge at " << x;
      ASSERT_TRUE(pixels.white(x, pixels.height - 1)) << "bottom edge at " << x;
    }
    for (unsigned y = 0; y < pixels.height; ++y) {
      ASSERT_TRUE(pixels.white(0, y)) << "left edge at " << y;
      ASSERT_TRUE(pixels.white(pixels.width - 1, y)) << "right edge at " << y;
    }
  }
}

TEST(Plot, DrawsEachSeriesInItsColour) {
  const Pixels one = pixels_of(png(accuracy_by_depth(20, 1)));
  EXPECT_GT(count_colour(one, 0, 114, 178), 500U);  // blue
  EXPECT_EQ(count_colour(one, 213, 94, 0), 0U);     // vermilion
  const Pixels two = pixels_of(png(accuracy_by_depth(20, 2)));
  EXPECT_GT(count_colour(two, 0, 114, 178), 500U);
  EXPECT_GT(count_colour(two, 213, 94, 0), 500U);
}

TEST(Plot, DrawsIntervalsAsBarsOrAsABand) {
  LinePlot plot = accuracy_by_depth(10, 1);
  const auto bars = pixels_of(png(plot));
  plot.series[0].spread = Spread::band;
  const auto band = pixels_of(png(plot));
  // 18 % of blue on white
  const auto shade = [](const Pixels& p) { return count_colour(p, 209, 230, 241); };
  EXPECT_GT(shade(band), 10 * shade(bars) + 1000);
}

TEST(Plot, LeavesGapsWhereValuesAreNotFinite) {
  LinePlot plot = accuracy_by_depth(9, 1);
  const size_t whole = count_colour(pixels_of(png(plot)), 0, 114, 178);
  for (const size_t i : {3U, 4U, 5U}) {
    plot.series[0].y[i] =
        i == 4 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  const size_t gap = count_colour(pixels_of(png(plot)), 0, 114, 178);
  EXPECT_LT(gap, whole);
  EXPECT_GT(gap, whole / 4);
}

TEST(Plot, OfNothingIsAnEmptyFrame) {
  EXPECT_FALSE(png(LinePlot{}).empty());
  LinePlot plot = accuracy_by_depth(3, 1);
  for (double& y : plot.series[0].y) y = std::numeric_limits<double>::quiet_NaN();
  plot.series[0].low = plot.series[0].high = {};
  plot.references.clear();
  EXPECT_FALSE(svg(plot).empty());
}

TEST(Plot, TakesNamesThatAreNotUtf8) {
  LinePlot plot = accuracy_by_depth(3, 1);
  plot.categories[1] = "a\xFFz";
  plot.title = "\xC3";
  EXPECT_FALSE(svg(plot).empty());
}

}  // namespace
}  // namespace strata::report

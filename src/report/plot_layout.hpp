#pragma once

#include "report/cairo_surface.hpp"
#include "report/cairo_text.hpp"
#include "report/plot.hpp"
#include "report/ticks.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace strata::report {

inline constexpr Font kTitleFont = {13, true};
inline constexpr Font kAxisTitleFont = {11, false};
inline constexpr Font kTickFont = {9.5, false};
inline constexpr Font kCategoryFont = {8.5, false};
inline constexpr Font kLegendFont = {10, false};

inline constexpr double kPadding = 10;        // around the whole picture
inline constexpr double kGap = 6;             // between texts, and between text and axis
inline constexpr double kTickLength = 4;      // outwards
inline constexpr double kLegendSample = 26;   // the piece of line before a name in the legend
inline constexpr double kLegendSpacing = 18;  // between entries of the legend

/// An entry of the legend: series `index`, or reference line `index` after all series.
struct LegendEntry {
  size_t index = 0;
  std::string name;
  double x = 0.0;  ///< left end of the sample
  double y = 0.0;  ///< middle of the line of text
};

/// Where everything goes, in points from the top left corner.
struct PlotLayout {
  Size size;
  double left = 0, right = 0, top = 0, bottom = 0;  ///< edges of the area inside the axes
  Ticks x, y;
  bool log_x = false;
  double category_angle = 0.0;  ///< in radians
  size_t category_every = 1;    ///< every how many names are written
  double labels_depth = 0.0;    ///< of the x axis' labels, below the axis' ticks
  std::vector<LegendEntry> legend;

  double map_x(double value) const;
  double map_y(double value) const;
  /// Points between neighbouring categories.
  double slot(const LinePlot& plot) const;
};

/// Measures the texts and places everything.
PlotLayout lay_out(cairo_t* cr, const LinePlot& plot);

}  // namespace strata::report

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace strata::report {

/// How the interval of each point is drawn.
enum class Spread {
  bars,  ///< error bars
  band,  ///< a shaded band around the line
};

/// One line. `x`, `y`, `low`, `high` are parallel.
struct Series {
  std::string name;               ///< for the legend; empty: not in it
  std::vector<double> x;          ///< empty: 0, 1, 2, ...
  std::vector<double> y;          ///< a value that is not finite is a gap in the line
  std::vector<double> low, high;  ///< ends of each point's interval; both empty: none
  Spread spread = Spread::bars;
};

/// A dashed horizontal line, e.g. what chance gives.
struct ReferenceLine {
  double y = 0.0;
  std::string name;  ///< for the legend; empty: not in it
};

enum class Scale { linear, log };

/// A line plot on a white background; colours are those of Okabe and Ito (2008), which colour-blind
/// people tell apart too, and each series has its own marker. Margins come from the text's own
/// size, so that nothing is cut off; where long layer names would squeeze the drawing the picture
/// grows taller.
struct LinePlot {
  std::string title;  ///< may be empty, as may the axes' titles
  std::string x_title;
  std::string y_title;
  /// Names at x = 0, 1, 2, ...; empty: x is a number. Turned where they do not fit side by side;
  /// where even that is too dense, only every k-th is written.
  std::vector<std::string> categories;
  Scale x_scale = Scale::linear;  ///< ignored with categories; log needs every x > 0
  std::vector<Series> series;
  std::vector<ReferenceLine> references;
  std::optional<std::pair<double, double>> y_limits;  ///< absent: from the data, to nice numbers
  double width = 640;                                 ///< of the whole picture, in points
  double height = 400;
};

/// The plot as an SVG 1.1 document (letters as outlines). The same plot gives the same bytes on one
/// machine; another machine may have other fonts.
std::string svg(const LinePlot& plot);

/// The plot as a PNG file of `scale` pixels a point.
std::vector<std::byte> png(const LinePlot& plot, double scale = 2.0);

}  // namespace strata::report

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <cairo.h>

namespace strata::report {

/// Size in points.
struct Size {
  double width = 0.0;
  double height = 0.0;
};

using Drawing = std::function<void(cairo_t*)>;

/// What `draw` draws, as an SVG document; without anything that differs between two runs.
std::string draw_svg(const Size& size, const Drawing& draw);
/// As a PNG file of `scale` pixels a point.
std::vector<std::byte> draw_png(const Size& size, double scale, const Drawing& draw);
/// Runs `measure` on a surface that keeps nothing: for the extents of text.
void measure_on_nothing(const Drawing& measure);

}  // namespace strata::report

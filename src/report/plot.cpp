#include "report/plot.hpp"

#include "report/plot_layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace strata::report {
namespace {

struct Colour {
  double red, green, blue;
};

constexpr Colour kInk = {0.13, 0.13, 0.13};
constexpr Colour kGrid = {0.90, 0.90, 0.90};
constexpr Colour kReference = {0.45, 0.45, 0.45};
// Okabe and Ito's colours without yellow (too pale on white), the best distinguishable first.
constexpr std::array<Colour, 7> kPalette = {{{0.000, 0.447, 0.698},
                                             {0.835, 0.369, 0.000},
                                             {0.000, 0.620, 0.451},
                                             {0.800, 0.475, 0.655},
                                             {0.902, 0.624, 0.000},
                                             {0.337, 0.706, 0.914},
                                             {0.000, 0.000, 0.000}}};
constexpr double kLine = 1.6, kThin = 0.8, kBar = 1.1;

void set(cairo_t* cr, const Colour& c, double opacity = 1.0) {
  cairo_set_source_rgba(cr, c.red, c.green, c.blue, opacity);
}

void stroke_line(cairo_t* cr, double x0, double y0, double x1, double y1) {
  cairo_move_to(cr, x0, y0);
  cairo_line_to(cr, x1, y1);
  cairo_stroke(cr);
}

void polygon(cairo_t* cr, double x, double y, double radius, int corners, double turn) {
  for (int i = 0; i < corners; ++i) {
    const double angle = turn + 2 * std::numbers::pi * i / corners;
    cairo_line_to(cr, x + radius * std::cos(angle), y + radius * std::sin(angle));
  }
  cairo_close_path(cr);
}

/// Shapes of about equal area, with a white rim so that neighbours stay apart.
void draw_marker(cairo_t* cr, size_t series, double x, double y, double radius) {
  constexpr double kUp = -std::numbers::pi / 2, kSlant = std::numbers::pi / 4;
  cairo_new_path(cr);
  switch (series % 5) {
    case 0:
      cairo_arc(cr, x, y, radius, 0, 2 * std::numbers::pi);
      break;
    case 1:
      polygon(cr, x, y, 1.25 * radius, 4, kSlant);
      break;
    case 2:
      polygon(cr, x, y, 1.5 * radius, 3, kUp);
      break;
    case 3:
      polygon(cr, x, y, 1.35 * radius, 4, 0);
      break;
    default:
      polygon(cr, x, y, 1.5 * radius, 3, -kUp);
      break;
  }
  set(cr, kPalette[series % kPalette.size()]);
  cairo_fill_preserve(cr);
  cairo_set_source_rgb(cr, 1, 1, 1);
  cairo_set_line_width(cr, 0.7);
  cairo_stroke(cr);
}

/// A series in the picture's coordinates; gaps stay in it as numbers that are not finite.
struct Points {
  std::vector<double> x, y, low, high;
  double radius = 2.8;
};

Points place(const LinePlot& plot, const PlotLayout& layout, size_t series) {
  const Series& s = plot.series[series];
  Points points;
  double dodge = 0;
  if (!plot.categories.empty()) points.radius = std::clamp(0.3 * layout.slot(plot), 1.8, 2.8);
  if (!plot.categories.empty() && s.spread == Spread::bars) {
    // Side by side, so that the error bars of one layer do not cover each other.
    const auto n = static_cast<double>(plot.series.size());
    const double step = std::min(3.5, 0.7 * layout.slot(plot) / std::max(1.0, n));
    dodge = (static_cast<double>(series) - 0.5 * (n - 1)) * step;
  }
  for (size_t i = 0; i < s.y.size(); ++i) {
    const double x = s.x.empty() ? static_cast<double>(i) : s.x[i];
    points.x.push_back(layout.map_x(x) + dodge);
    points.y.push_back(layout.map_y(s.y[i]));
    if (s.low.empty()) continue;
    points.low.push_back(layout.map_y(s.low[i]));
    points.high.push_back(layout.map_y(s.high[i]));
  }
  return points;
}

bool drawable(const Points& p, size_t i) { return std::isfinite(p.x[i]) && std::isfinite(p.y[i]); }
bool has_interval(const Points& p, size_t i) {
  return !p.low.empty() && drawable(p, i) && std::isfinite(p.low[i]) && std::isfinite(p.high[i]);
}

/// Calls `run(first, last)` for each stretch of points that `whole` accepts.
template <class Whole, class Run>
void for_each_run(const Points& points, const Whole& whole, const Run& run) {
  for (size_t first = 0; first < points.x.size(); ++first) {
    if (!whole(points, first)) continue;
    size_t last = first;
    while (last + 1 < points.x.size() && whole(points, last + 1)) ++last;
    run(first, last);
    first = last;
  }
}

void draw_band(cairo_t* cr, const Points& points, const Colour& colour) {
  for_each_run(points, has_interval, [&](size_t first, size_t last) {
    for (size_t i = first; i <= last; ++i) cairo_line_to(cr, points.x[i], points.low[i]);
    for (size_t i = last + 1; i > first; --i) {
      cairo_line_to(cr, points.x[i - 1], points.high[i - 1]);
    }
    cairo_close_path(cr);
    set(cr, colour, 0.18);
    cairo_fill(cr);
  });
}

void draw_bars(cairo_t* cr, const Points& points, const Colour& colour) {
  set(cr, colour, 0.75);
  cairo_set_line_width(cr, kBar);
  const double cap = 0.9 * points.radius;
  for (size_t i = 0; i < points.x.size(); ++i) {
    if (!has_interval(points, i)) continue;
    stroke_line(cr, points.x[i], points.low[i], points.x[i], points.high[i]);
    for (const double end : {points.low[i], points.high[i]}) {
      stroke_line(cr, points.x[i] - cap, end, points.x[i] + cap, end);
    }
  }
}

void draw_line(cairo_t* cr, const Points& points, const Colour& colour) {
  set(cr, colour);
  cairo_set_line_width(cr, kLine);
  for_each_run(points, drawable, [&](size_t first, size_t last) {
    for (size_t i = first; i <= last; ++i) cairo_line_to(cr, points.x[i], points.y[i]);
    cairo_stroke(cr);
  });
}

void draw_data(cairo_t* cr, const LinePlot& plot, const PlotLayout& layout) {
  cairo_save(cr);
  constexpr double kRim = 5;  // a marker on the edge is shown whole
  cairo_rectangle(cr, layout.left - kRim, layout.top - kRim, layout.right - layout.left + 2 * kRim,
                  layout.bottom - layout.top + 2 * kRim);
  cairo_clip(cr);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  std::vector<Points> all;
  for (size_t s = 0; s < plot.series.size(); ++s) all.push_back(place(plot, layout, s));
  const auto colour = [](size_t s) { return kPalette[s % kPalette.size()]; };
  for (size_t s = 0; s < all.size(); ++s) {
    if (plot.series[s].spread == Spread::band) draw_band(cr, all[s], colour(s));
  }
  for (size_t s = 0; s < all.size(); ++s) {
    if (plot.series[s].spread == Spread::bars) draw_bars(cr, all[s], colour(s));
    draw_line(cr, all[s], colour(s));
  }
  for (size_t s = 0; s < all.size(); ++s) {
    for (size_t i = 0; i < all[s].x.size(); ++i) {
      if (drawable(all[s], i)) draw_marker(cr, s, all[s].x[i], all[s].y[i], all[s].radius);
    }
  }
  cairo_restore(cr);
}

void set_reference_pen(cairo_t* cr) {
  constexpr std::array<double, 2> kDashes = {5, 4};
  set(cr, kReference);
  cairo_set_line_width(cr, 1.1);
  cairo_set_dash(cr, kDashes.data(), kDashes.size(), 0);
}

void draw_references(cairo_t* cr, const LinePlot& plot, const PlotLayout& layout) {
  cairo_save(cr);
  set_reference_pen(cr);
  for (const ReferenceLine& line : plot.references) {
    if (line.y < layout.y.low || line.y > layout.y.high) continue;
    stroke_line(cr, layout.left, layout.map_y(line.y), layout.right, layout.map_y(line.y));
  }
  cairo_restore(cr);
}

void draw_y_axis(cairo_t* cr, const LinePlot& plot, const PlotLayout& layout) {
  cairo_set_line_width(cr, kThin);
  for (const Tick& tick : layout.y.marks) {
    const double y = layout.map_y(tick.at);
    set(cr, kGrid);
    stroke_line(cr, layout.left, y, layout.right, y);
    set(cr, kInk);
    stroke_line(cr, layout.left - kTickLength, y, layout.left, y);
    draw_text(cr, kTickFont, {tick.text}, {layout.left - kTickLength - 0.5 * kGap, y},
              {1, Anchor::Line::middle});
  }
  if (plot.y_title.empty()) return;
  const Font font = fitted(cr, kAxisTitleFont, plot.y_title, layout.size.height - 2 * kPadding);
  // Centred on the axis where that stays inside the picture.
  const double half = 0.5 * text_width(cr, font, {plot.y_title});
  const double middle = std::clamp(0.5 * (layout.top + layout.bottom), kPadding + half,
                                   std::max(kPadding + half, layout.size.height - kPadding - half));
  draw_text(cr, font, {plot.y_title}, {kPadding, middle, std::numbers::pi / 2},
            {0.5, Anchor::Line::top});
}

void draw_x_labels(cairo_t* cr, const LinePlot& plot, const PlotLayout& layout) {
  const double below = layout.bottom + kTickLength + 0.5 * kGap;
  for (const Tick& tick : layout.x.marks) {
    const double x = layout.map_x(tick.at);
    const bool labelled = !tick.text.empty();
    stroke_line(cr, x, layout.bottom, x, layout.bottom + (labelled ? 1.0 : 0.5) * kTickLength);
    if (labelled) {
      draw_text(cr, kTickFont, {tick.text, tick.exponent}, {x, below}, {0.5, Anchor::Line::top});
    }
  }
  for (size_t i = 0; i < plot.categories.size(); ++i) {
    const double x = layout.map_x(static_cast<double>(i));
    stroke_line(cr, x, layout.bottom, x, layout.bottom + kTickLength);
    if (i % layout.category_every != 0) continue;
    const Label name = {plot.categories[i]};
    if (layout.category_angle == 0) {
      draw_text(cr, kCategoryFont, name, {x, below}, {0.5, Anchor::Line::top});
    } else {
      draw_text(cr, kCategoryFont, name, {x, below, layout.category_angle},
                {1, Anchor::Line::middle});
    }
  }
}

void draw_x_axis(cairo_t* cr, const LinePlot& plot, const PlotLayout& layout) {
  set(cr, kInk);
  cairo_set_line_width(cr, kThin);
  draw_x_labels(cr, plot, layout);
  if (plot.x_title.empty()) return;
  const Font font = fitted(cr, kAxisTitleFont, plot.x_title, layout.size.width - 2 * kPadding);
  const double half = 0.5 * text_width(cr, font, {plot.x_title});
  const double middle = std::clamp(0.5 * (layout.left + layout.right), kPadding + half,
                                   std::max(kPadding + half, layout.size.width - kPadding - half));
  draw_text(cr, font, {plot.x_title},
            {middle, layout.size.height - kPadding - line_height(cr, kAxisTitleFont)},
            {0.5, Anchor::Line::top});
}

void draw_spines(cairo_t* cr, const PlotLayout& layout) {
  set(cr, kInk);
  cairo_set_line_width(cr, kThin);
  cairo_move_to(cr, layout.left, layout.top);
  cairo_line_to(cr, layout.left, layout.bottom);
  cairo_line_to(cr, layout.right, layout.bottom);
  cairo_stroke(cr);
}

void draw_legend(cairo_t* cr, const LinePlot& plot, const PlotLayout& layout) {
  for (const LegendEntry& entry : layout.legend) {
    const double end = entry.x + kLegendSample;
    cairo_save(cr);
    if (entry.index < plot.series.size()) {
      set(cr, kPalette[entry.index % kPalette.size()]);
      cairo_set_line_width(cr, kLine);
      stroke_line(cr, entry.x, entry.y, end, entry.y);
      draw_marker(cr, entry.index, 0.5 * (entry.x + end), entry.y, 2.8);
    } else {
      set_reference_pen(cr);
      stroke_line(cr, entry.x, entry.y, end, entry.y);
    }
    cairo_restore(cr);
    set(cr, kInk);
    const double room = layout.size.width - kPadding - end - kGap;
    draw_text(cr, fitted(cr, kLegendFont, entry.name, room), {entry.name}, {end + kGap, entry.y},
              {0, Anchor::Line::middle});
  }
}

void draw_plot(cairo_t* cr, const LinePlot& plot, const PlotLayout& layout) {
  cairo_set_source_rgb(cr, 1, 1, 1);
  cairo_paint(cr);
  draw_y_axis(cr, plot, layout);
  draw_references(cr, plot, layout);
  draw_spines(cr, layout);
  draw_data(cr, plot, layout);
  draw_x_axis(cr, plot, layout);
  draw_legend(cr, plot, layout);
  set(cr, kInk);
  const double room = layout.size.width - kPadding - layout.left;
  draw_text(cr, fitted(cr, kTitleFont, plot.title, room), {plot.title}, {layout.left, kPadding},
            {0, Anchor::Line::top});
}

PlotLayout measured(const LinePlot& plot) {
  PlotLayout layout;
  measure_on_nothing([&](cairo_t* cr) { layout = lay_out(cr, plot); });
  return layout;
}

}  // namespace

std::string svg(const LinePlot& plot) {
  const PlotLayout layout = measured(plot);
  return draw_svg(layout.size, [&](cairo_t* cr) { draw_plot(cr, plot, layout); });
}

std::vector<std::byte> png(const LinePlot& plot, double scale) {
  const PlotLayout layout = measured(plot);
  return draw_png(layout.size, scale, [&](cairo_t* cr) { draw_plot(cr, plot, layout); });
}

}  // namespace strata::report

#include "report/plot_layout.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

namespace strata::report {
namespace {

struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

void check_sizes(const LinePlot& plot) {
  for (const Series& s : plot.series) {
    STRATA_CHECK(s.x.empty() || s.x.size() == s.y.size(),
                 fmt::format("series {}: {} x for {} y", s.name, s.x.size(), s.y.size()));
    STRATA_CHECK(s.low.size() == s.high.size() && (s.low.empty() || s.low.size() == s.y.size()),
                 fmt::format("series {}: {} low and {} high for {} y", s.name, s.low.size(),
                             s.high.size(), s.y.size()));
  }
  STRATA_CHECK(!plot.y_limits || plot.y_limits->first < plot.y_limits->second,
               "the limits of an axis are in the wrong order");
}

Ticks y_ticks(const LinePlot& plot) {
  const int most = std::clamp(static_cast<int>(plot.height / 45), 3, 11);
  if (plot.y_limits) {
    return linear_ticks(plot.y_limits->first, plot.y_limits->second, most, Ends::keep);
  }
  Span span;
  for (const Series& s : plot.series) {
    for (const auto* values : {&s.y, &s.low, &s.high}) {
      for (const double value : *values) span.include(value);
    }
  }
  for (const ReferenceLine& line : plot.references) span.include(line.y);
  if (span.empty()) return linear_ticks(0, 1, most, Ends::keep);
  return linear_ticks(span.low, span.high, most, Ends::extend);
}

Ticks x_ticks(const LinePlot& plot, bool log) {
  if (!plot.categories.empty()) {
    return {{}, -0.5, static_cast<double>(plot.categories.size()) - 0.5};
  }
  Span span;
  for (const Series& s : plot.series) {
    if (s.x.empty() && !s.y.empty()) {
      span.include(0);
      span.include(static_cast<double>(s.y.size() - 1));
    }
    for (const double x : s.x) span.include(x);
  }
  const int most = std::clamp(static_cast<int>(plot.width / 70), 3, 12);
  constexpr double kRoom = 0.03;  // between the data and the axis' ends
  if (log) {
    if (span.empty()) span = {1, 10};
    const double room = std::pow(span.high / span.low, kRoom);
    return log_ticks(span.low / room, span.high * room, most);
  }
  if (span.empty()) span = {0, 1};
  const double room = kRoom * (span.high - span.low);
  return linear_ticks(span.low - room, span.high + room, most, Ends::keep);
}

double widest(cairo_t* cr, const Ticks& ticks) {
  double width = 0;
  for (const Tick& tick : ticks.marks) {
    width = std::max(width, text_width(cr, kTickFont, {tick.text, tick.exponent}));
  }
  return width;
}

/// Turns the names of the categories until they fit, and makes room for what they then need.
void place_categories(cairo_t* cr, const LinePlot& plot, PlotLayout& layout) {
  const double height = line_height(cr, kCategoryFont);
  std::vector<double> widths;
  for (const std::string& name : plot.categories) {
    widths.push_back(text_width(cr, kCategoryFont, {name}));
  }
  const double longest = *std::max_element(widths.begin(), widths.end());
  const double slot = layout.slot(plot);
  const double diagonal = std::numbers::pi / 4;
  if (longest + kGap <= slot) {
    layout.category_angle = 0;
  } else if (slot * std::sin(diagonal) >= height) {
    layout.category_angle = diagonal;
  } else {
    layout.category_angle = std::numbers::pi / 2;
    layout.category_every = static_cast<size_t>(std::max(1.0, std::ceil(0.95 * height / slot)));
  }
  const double sine = std::sin(layout.category_angle), cosine = std::cos(layout.category_angle);
  layout.labels_depth = longest * sine + height * std::max(cosine, 0.4);
  // A slanted name reaches to the left of its tick.
  if (layout.category_angle > 0) {
    for (size_t i = 0; i < widths.size(); i += layout.category_every) {
      const double reach = widths[i] * cosine + 0.5 * height * sine;
      const double tick = (static_cast<double>(i) + 0.5) * slot;
      layout.left = std::max(layout.left, kPadding + reach - tick);
    }
  }
}

/// The legend's lines above the area; returns their height.
double place_legend(cairo_t* cr, const LinePlot& plot, double top, PlotLayout& layout) {
  std::vector<LegendEntry> entries;
  for (size_t i = 0; i < plot.series.size(); ++i) entries.push_back({i, plot.series[i].name});
  for (size_t i = 0; i < plot.references.size(); ++i) {
    entries.push_back({plot.series.size() + i, plot.references[i].name});
  }
  std::erase_if(entries, [](const LegendEntry& entry) { return entry.name.empty(); });
  if (entries.empty()) return 0;

  const double height = line_height(cr, kLegendFont) + 2;
  double x = layout.left, y = top;
  for (LegendEntry& entry : entries) {
    const double width = kLegendSample + kGap + text_width(cr, kLegendFont, {entry.name});
    if (x > layout.left && x + width > layout.right) {
      x = layout.left;
      y += height;
    }
    entry.x = x;
    entry.y = y + 0.5 * height;
    x += width + kLegendSpacing;
  }
  layout.legend = std::move(entries);
  return y + height - top;
}

}  // namespace

double PlotLayout::map_x(double value) const {
  const auto f = [this](double v) { return log_x ? std::log10(v) : v; };
  return left + (right - left) * (f(value) - f(x.low)) / (f(x.high) - f(x.low));
}

double PlotLayout::map_y(double value) const {
  return bottom - (bottom - top) * (value - y.low) / (y.high - y.low);
}

double PlotLayout::slot(const LinePlot& plot) const {
  return (right - left) / static_cast<double>(std::max<size_t>(1, plot.categories.size()));
}

PlotLayout lay_out(cairo_t* cr, const LinePlot& plot) {
  check_sizes(plot);
  PlotLayout layout;
  layout.log_x = plot.categories.empty() && plot.x_scale == Scale::log;
  layout.y = y_ticks(plot);
  layout.x = x_ticks(plot, layout.log_x);

  const double axis_title = line_height(cr, kAxisTitleFont) + kGap;
  layout.left = kPadding + (plot.y_title.empty() ? 0 : axis_title) + widest(cr, layout.y) + kGap +
                kTickLength;
  layout.right = plot.width - kPadding - kGap;
  if (plot.categories.empty()) {
    layout.labels_depth = line_height(cr, kTickFont);
    layout.right -= 0.5 * widest(cr, layout.x);
  } else {
    place_categories(cr, plot, layout);
  }

  double top = kPadding;
  if (!plot.title.empty()) top += line_height(cr, kTitleFont) + kGap;
  const double legend = place_legend(cr, plot, top, layout);
  layout.top = top + legend + (legend > 0 ? kGap : 0) + 0.5 * line_height(cr, kTickFont);
  const double below = kTickLength + 0.5 * kGap + layout.labels_depth +
                       (plot.x_title.empty() ? 0 : axis_title) + kPadding;
  constexpr double kLeastArea = 0.55;  // of the height asked for
  layout.size = {plot.width,
                 std::ceil(std::max(plot.height, layout.top + kLeastArea * plot.height + below))};
  layout.bottom = layout.size.height - below;
  return layout;
}

}  // namespace strata::report

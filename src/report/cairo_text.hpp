#pragma once

#include <string>

#include <cairo.h>

namespace strata::report {

/// The system's sans serif, size in points.
struct Font {
  double size = 10.0;
  bool bold = false;
};

/// Text with a raised exponent ("10" and "-3"); the exponent is usually empty.
struct Label {
  std::string text;
  std::string exponent = {};
};

/// Where in the text's box the anchor lies.
struct Anchor {
  double x = 0.0;  ///< 0 left end, 0.5 middle, 1 right end
  enum class Line { baseline, middle, top } y = Line::baseline;
};

struct Position {
  double x = 0.0;
  double y = 0.0;
  double angle = 0.0;  ///< anticlockwise, in radians
};

/// Advance width of the label on one line, in points.
double text_width(cairo_t* cr, const Font& font, const Label& label);
/// Height of a line, ascent and descent together.
double line_height(cairo_t* cr, const Font& font);
/// `font`, smaller where the text would be wider than `width`.
Font fitted(cairo_t* cr, const Font& font, const std::string& text, double width);

/// In the current colour.
void draw_text(cairo_t* cr,
               const Font& font,
               const Label& label,
               const Position& position,
               const Anchor& anchor);

}  // namespace strata::report

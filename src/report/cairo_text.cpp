#include "report/cairo_text.hpp"

#include "report/utf8.hpp"

#include <algorithm>

namespace strata::report {
namespace {

constexpr double kExponentSize = 0.72;   // of the font's size
constexpr double kExponentRaise = 0.42;  // of the font's size
constexpr double kHalfCapital = 0.36;    // half the height of capitals and digits, of the size

void select(cairo_t* cr, const Font& font) {
  cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cr, font.size);
}

double advance(cairo_t* cr, const Font& font, const std::string& text) {
  select(cr, font);
  cairo_text_extents_t extents;
  cairo_text_extents(cr, one_line(text).c_str(), &extents);
  return extents.x_advance;
}

Font exponent_font(const Font& font) { return {font.size * kExponentSize, font.bold}; }

void show(cairo_t* cr, const Font& font, const std::string& text, double x, double y) {
  select(cr, font);
  cairo_move_to(cr, x, y);
  // Text that is not UTF-8 would put the whole drawing into an error state.
  cairo_show_text(cr, one_line(text).c_str());
}

}  // namespace

double text_width(cairo_t* cr, const Font& font, const Label& label) {
  const double raised =
      label.exponent.empty() ? 0.0 : advance(cr, exponent_font(font), label.exponent);
  return advance(cr, font, label.text) + raised;
}

double line_height(cairo_t* cr, const Font& font) {
  select(cr, font);
  cairo_font_extents_t extents;
  cairo_font_extents(cr, &extents);
  return extents.ascent + extents.descent;
}

Font fitted(cairo_t* cr, const Font& font, const std::string& text, double width) {
  const double wanted = text_width(cr, font, {text});
  if (wanted <= width) return font;
  return {font.size * std::max(width, 1.0) / wanted, font.bold};
}

void draw_text(cairo_t* cr,
               const Font& font,
               const Label& label,
               const Position& position,
               const Anchor& anchor) {
  cairo_save(cr);
  cairo_translate(cr, position.x, position.y);
  cairo_rotate(cr, -position.angle);
  select(cr, font);
  cairo_font_extents_t extents;
  cairo_font_extents(cr, &extents);
  double baseline = 0.0;
  if (anchor.y == Anchor::Line::middle) baseline = kHalfCapital * font.size;
  if (anchor.y == Anchor::Line::top) baseline = extents.ascent;
  const double left = -anchor.x * text_width(cr, font, label);
  show(cr, font, label.text, left, baseline);
  if (!label.exponent.empty()) {
    show(cr, exponent_font(font), label.exponent, left + advance(cr, font, label.text),
         baseline - kExponentRaise * font.size);
  }
  cairo_restore(cr);
}

}  // namespace strata::report

#include "report/cairo_surface.hpp"

#include "base/error.hpp"

#include <cmath>
#include <memory>
#include <span>

#include <cairo-svg.h>
#include <fmt/format.h>

namespace strata::report {
namespace {

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, DestroySurface>;

void check(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  if (status == CAIRO_STATUS_NO_MEMORY) throw ResourceError("a plot does not fit into memory");
  throw Fault(fmt::format("cairo: {}", cairo_status_to_string(status)));
}

void draw_on(const Surface& surface, const Drawing& draw) {
  check(cairo_surface_status(surface.get()));
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> context(cairo_create(surface.get()),
                                                                   &cairo_destroy);
  // Text has the same size on every surface: the layout is computed once.
  const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(
      cairo_font_options_create(), &cairo_font_options_destroy);
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(context.get(), options.get());
  draw(context.get());
  check(cairo_status(context.get()));
}

cairo_status_t append_text(void* target, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(target)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

cairo_status_t append_bytes(void* target, const unsigned char* data, unsigned int size) {
  auto& bytes = *static_cast<std::vector<std::byte>*>(target);
  const auto added = std::as_bytes(std::span(data, size));
  bytes.insert(bytes.end(), added.begin(), added.end());
  return CAIRO_STATUS_SUCCESS;
}

/// Cairo numbers its surfaces through the whole process (`id="surface7"`); nothing refers to it.
std::string without_surface_ids(std::string svg) {
  const std::string mark = " id=\"surface";
  for (size_t at = svg.find(mark); at != std::string::npos; at = svg.find(mark, at)) {
    svg.erase(at, svg.find('"', at + mark.size()) + 1 - at);
  }
  return svg;
}

}  // namespace

std::string draw_svg(const Size& size, const Drawing& draw) {
  std::string svg;
  const Surface surface(
      cairo_svg_surface_create_for_stream(append_text, &svg, size.width, size.height));
  cairo_svg_surface_restrict_to_version(surface.get(), CAIRO_SVG_VERSION_1_1);
  draw_on(surface, draw);
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()));
  return without_surface_ids(std::move(svg));
}

std::vector<std::byte> draw_png(const Size& size, double scale, const Drawing& draw) {
  STRATA_CHECK(scale > 0 && size.width * scale < 32767 && size.height * scale < 32767,
               "a picture has at most 32767 pixels a side");
  const Surface surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(size.width * scale)),
      static_cast<int>(std::ceil(size.height * scale))));
  draw_on(surface, [&](cairo_t* cr) {
    cairo_scale(cr, scale, scale);
    draw(cr);
  });
  std::vector<std::byte> bytes;
  check(cairo_surface_write_to_png_stream(surface.get(), append_bytes, &bytes));
  return bytes;
}

void measure_on_nothing(const Drawing& measure) {
  const Surface surface(cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, nullptr));
  draw_on(surface, measure);
}

}  // namespace strata::report

#include "report/cairo_surface.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace strata::report {
namespace {

void draw_a_box(cairo_t* cr) {
  cairo_rectangle(cr, 1, 1, 8, 3);
  cairo_fill(cr);
}

TEST(DrawSvg, GivesTheSameBytesEachTime) {
  const std::string first = draw_svg({10, 5}, draw_a_box);
  EXPECT_EQ(draw_svg({10, 5}, draw_a_box), first);
  EXPECT_NE(first.find("<svg"), std::string::npos);
  EXPECT_NE(first.find("</svg>"), std::string::npos);
}

TEST(DrawPng, HasTheSizeTimesTheScale) {
  const auto bytes = draw_png({10, 5}, 3, draw_a_box);
  ASSERT_GT(bytes.size(), 24U);
  EXPECT_EQ(std::to_integer<int>(bytes[19]), 30);  // IHDR: width and height, big endian
  EXPECT_EQ(std::to_integer<int>(bytes[23]), 15);
  EXPECT_THROW(draw_png({10, 5}, 1e5, draw_a_box), Fault);
}

TEST(Drawing, ThatGoesWrongIsAFault) {
  const auto restore_too_often = [](cairo_t* cr) { cairo_restore(cr); };
  EXPECT_THROW(draw_svg({10, 5}, restore_too_often), Fault);
  EXPECT_THROW(draw_png({10, 5}, 1, restore_too_often), Fault);
}

}  // namespace
}  // namespace strata::report

#include "report/cairo_text.hpp"

#include "report/cairo_surface.hpp"

#include <gtest/gtest.h>

namespace strata::report {
namespace {

TEST(Text, GrowsWithItsFontAndItsLetters) {
  measure_on_nothing([](cairo_t* cr) {
    const double width = text_width(cr, {10}, {"relu4_2"});
    EXPECT_GT(width, 10);
    EXPECT_NEAR(text_width(cr, {20}, {"relu4_2"}), 2 * width, 0.01 * width);
    EXPECT_NEAR(text_width(cr, {10}, {"relu4_2relu4_2"}), 2 * width, 0.05 * width);
    EXPECT_GT(line_height(cr, {10}), 9);
  });
}

TEST(Text, WithAnExponentIsWiderByLessThanPlainDigits) {
  measure_on_nothing([](cairo_t* cr) {
    const double raised = text_width(cr, {10}, {"10", "5"});
    EXPECT_GT(raised, text_width(cr, {10}, {"10"}));
    EXPECT_LT(raised, text_width(cr, {10}, {"105"}));
  });
}

TEST(Text, IsMadeSmallerOnlyWhereItDoesNotFit) {
  measure_on_nothing([](cairo_t* cr) {
    const double width = text_width(cr, {10}, {"a long title"});
    EXPECT_EQ(fitted(cr, {10}, "a long title", width + 1).size, 10);
    const Font smaller = fitted(cr, {10, true}, "a long title", 0.5 * width);
    EXPECT_TRUE(smaller.bold);
    EXPECT_NEAR(text_width(cr, smaller, {"a long title"}), 0.5 * width, 0.01 * width);
  });
}

TEST(Text, LiesWhereItsAnchorSays) {
  // Ink extents of a recording surface, with the anchor at (100, 100).
  const auto ink = [](const Anchor& anchor, double angle) {
    cairo_surface_t* surface = cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, nullptr);
    cairo_t* cr = cairo_create(surface);
    draw_text(cr, {10}, {"HHHH"}, {100, 100, angle}, anchor);
    cairo_rectangle_t box{};
    cairo_recording_surface_ink_extents(surface, &box.x, &box.y, &box.width, &box.height);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return box;
  };
  constexpr double kSlack = 2.5;
  const auto left = ink({0, Anchor::Line::baseline}, 0);
  EXPECT_NEAR(left.x, 100, kSlack);
  EXPECT_NEAR(left.y + left.height, 100, kSlack);
  const auto right = ink({1, Anchor::Line::middle}, 0);
  EXPECT_NEAR(right.x + right.width, 100, kSlack);
  EXPECT_NEAR(right.y + 0.5 * right.height, 100, kSlack);
  EXPECT_GE(ink({0, Anchor::Line::top}, 0).y, 100);
  // Turned anticlockwise by 90 degrees it reads upwards: its right end is at the top.
  const auto upright = ink({1, Anchor::Line::middle}, 1.5707963);
  EXPECT_NEAR(upright.y, 100, kSlack);
  EXPECT_GT(upright.height, upright.width);
}

}  // namespace
}  // namespace strata::report

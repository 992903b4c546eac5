#include "report/utf8.hpp"

#include <gtest/gtest.h>

namespace strata::report {
namespace {

TEST(Utf8, ReadsSequencesOfOneToFourBytes) {
  EXPECT_EQ(code_points("a\u00e9\u4e2d\U0001F600"), U"a\u00e9\u4e2d\U0001F600");
}

TEST(Utf8, ReplacesEachByteThatIsNotPartOfAValidSequence) {
  EXPECT_EQ(code_points("a\xFFz"), U"a\uFFFDz");
  EXPECT_EQ(code_points("\xE4\xB8"), U"\uFFFD\uFFFD");            // cut short
  EXPECT_EQ(code_points("\xC0\x80"), U"\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(code_points("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(code_points("\xF4\x90\x80\x80").size(), 4U);          // beyond Unicode
  EXPECT_EQ(code_points("\xEF\xBF\xBD!"), U"\uFFFD!");            // a genuine one stays one
}

TEST(OneLine, KeepsValidTextAndBlanksControlCharacters) {
  EXPECT_EQ(one_line("caf\u00e9 \u4e2d \U0001F600"), "caf\u00e9 \u4e2d \U0001F600");
  EXPECT_EQ(one_line("a\nb\tc\x1B[31m"), "a b c [31m");
  EXPECT_EQ(one_line("a\xFF"), "a\uFFFD");
}

TEST(DisplayWidth, CountsWhatATerminalShows) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("\u00b1\u00e9"), 2U);
  EXPECT_EQ(display_width("e\u0301"), 1U);       // e and a combining accent
  EXPECT_EQ(display_width("\u4e2d\u6587"), 4U);  // two Chinese characters
  EXPECT_EQ(display_width("\U0001F600"), 2U);
}

}  // namespace
}  // namespace strata::report

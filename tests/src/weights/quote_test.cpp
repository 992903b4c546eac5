#include "weights/quote.hpp"

#include <gtest/gtest.h>

namespace strata::weights {
namespace {

TEST(Quote, KnowsWellFormedUtf8) {
  for (const char* good : {"", "conv.weight", "größe", "層", "\xF0\x9F\x8E\xA8", "\xED\x9F\xBF"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xFF", "a\xE5\xB1", "\xF0\x80\x80\xAF"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(Quote, PrintsOneShortLine) {
  EXPECT_EQ(printable("conv.weight"), "conv.weight");
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a?b?[31m?");
  EXPECT_EQ(printable("größe\xFF"), "größe?");
  const std::string cut = printable(std::string(1000, 'x'));
  EXPECT_EQ(cut, std::string(100, 'x') + "...");
  EXPECT_TRUE(is_utf8(printable("x" + std::string(60, '\xC3') + "é" + std::string(90, 'y'))));
}

}  // namespace
}  // namespace strata::weights

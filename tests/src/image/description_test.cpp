#include "image/description.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

using Text = std::map<std::string, std::string>;

TEST(Description, ComesBackAsItWas) {
  for (const Text& text : {Text{}, Text{{"a", "b"}}, Text{{"k", "größer \"x\"\n\\"}, {"", "e"}}}) {
    EXPECT_EQ(text_from(description_from(text), "Comment"), text);
  }
  EXPECT_EQ(description_from({}), "");
}

TEST(Description, IsPlainAscii) {
  for (const char c : description_from({{"größer", "≥ 1"}})) EXPECT_GT(c, 0);
}

TEST(Description, OfAnotherProgramIsKeptWhole) {
  for (const std::string theirs : {"Created with something", "{\"shape\": [3, 4]}", "[\"a\"]"}) {
    EXPECT_EQ(text_from(theirs, "Comment"), (Text{{"Comment", theirs}}));
  }
}

TEST(Utf8From, KeepsUtf8AndConvertsLatin1) {
  EXPECT_EQ(utf8_from("größer ≥"), "größer ≥");
  EXPECT_EQ(utf8_from("gr\xf6\xdf"
                      "er"),
            "größer");
  EXPECT_EQ(utf8_from(""), "");
  EXPECT_EQ(text_from("caf\xe9", "Comment"), (Text{{"Comment", "café"}}));
}

}  // namespace
}  // namespace strata::image

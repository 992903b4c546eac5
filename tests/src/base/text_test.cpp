#include "base/text.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace strata {
namespace {

const std::vector<std::string> kKeys = {"size", "style_layers", "content_layers", "seed"};

TEST(Nearest, FindsASlipOfOneLetter) { EXPECT_EQ(nearest("sede", kKeys), "seed"); }
TEST(Nearest, CountsATransposition) { EXPECT_EQ(nearest("szie", kKeys), "size"); }
TEST(Nearest, IsSilentWhereNothingIsNear) { EXPECT_FALSE(nearest("quantum", kKeys)); }
TEST(Nearest, AllowsMoreSlipsInLongNames) {
  EXPECT_EQ(nearest("contnt_layer", kKeys), "content_layers");
}

TEST(Split, KeepsEmptyPartsAndTrimsBlanks) {
  EXPECT_EQ(split(" a,, b ", ','), (std::vector<std::string>{"a", "", "b"}));
}

TEST(Glob, MatchesStarsAndQuestionMarks) {
  EXPECT_TRUE(glob_match("layer*.relu", "layer1.0.relu"));
  EXPECT_TRUE(glob_match("relu?_1", "relu4_1"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a*b*c", "aXXbYYc"));
  EXPECT_FALSE(glob_match("layer*.relu", "layer1.0.relu_1"));
  EXPECT_FALSE(glob_match("relu?_1", "relu_1"));
  EXPECT_FALSE(glob_match("", "a"));
}

TEST(Human, WritesBytesAndSecondsAsPeopleDo) {
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(12), "12 B");
  EXPECT_EQ(human_seconds(1.25), "1.2 s");
  EXPECT_EQ(human_seconds(65), "1 min 05 s");
  EXPECT_EQ(human_seconds(3725), "1 h 02 min");
}

TEST(Shortest, ReadsBackAsTheSameNumber) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(std::stod(shortest(1.0 / 3.0)), 1.0 / 3.0);
}

}  // namespace
}  // namespace strata

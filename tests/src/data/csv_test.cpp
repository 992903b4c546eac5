#include "data/csv.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::data {
namespace {

using testing::throws;
using Fields = std::vector<std::string>;

TEST(Csv, ReadsFieldsAndWhereTheyStand) {
  const auto records = parse_csv("a,b\n1,\n\n,2", "x.csv");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].fields, (Fields{"a", "b"}));
  EXPECT_EQ(records[1].fields, (Fields{"1", ""}));
  EXPECT_EQ(records[2].fields, (Fields{"", "2"}));
  EXPECT_EQ(records[0].line, 1U);
  EXPECT_EQ(records[2].line, 4U);
}

TEST(Csv, ReadsQuotedFields) {
  const auto records =
      parse_csv("\"a,b\",\"say \"\"no\"\"\"\n\"two\nlines\",\"\"\nend,x\n", "x.csv");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].fields, (Fields{"a,b", "say \"no\""}));
  EXPECT_EQ(records[1].fields, (Fields{"two\nlines", ""}));
  EXPECT_EQ(records[2].line, 4U);  // a line break inside a field counts
}

TEST(Csv, TakesEveryEndOfLineAndAByteOrderMark) {
  for (const char* text : {"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r",
                           "\xEF\xBB\xBF"
                           "a,b\n1,2"}) {
    const auto records = parse_csv(text, "x.csv");
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].fields, (Fields{"a", "b"}));
    EXPECT_EQ(records[1].fields, (Fields{"1", "2"}));
    EXPECT_EQ(records[1].line, 2U);
  }
}

TEST(Csv, OfNothingHasNoRecords) {
  EXPECT_TRUE(parse_csv("", "x.csv").empty());
  EXPECT_TRUE(parse_csv("\n\r\n\n", "x.csv").empty());
}

TEST(Csv, NamesTheLineOfAWrongQuote) {
  EXPECT_TRUE(throws<InputError>([] { parse_csv("a\n\"b\nc\n", "x.csv"); },
                                 "x.csv: line 2: a quote that is never closed"));
  EXPECT_TRUE(
      throws<InputError>([] { parse_csv("a\nb\"c\n", "x.csv"); }, "line 2: a quote inside"));
  EXPECT_TRUE(throws<InputError>([] { parse_csv("\"a\"b\n", "x.csv"); }, "line 1: text behind"));
}

TEST(Csv, RefusesWhatIsNotText) {
  EXPECT_TRUE(throws<InputError>([] { parse_csv(std::string("a\0b", 3), "x.csv"); }, "not a text"));
  EXPECT_TRUE(throws<InputError>(
      [] {
        parse_csv(
            "\xFF\xFE"
            "a",
            "x.csv");
      },
      "UTF-16"));
}

}  // namespace
}  // namespace strata::data

#include "report/table.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace strata::report {
namespace {

TEST(Table, AlignsTextLeftAndNumbersRight) {
  Table table({{"layer"}, {"accuracy"}, {"note"}});
  table.add({"relu1_1", "0.5 \u00b1 0.02", "shallow"});
  table.add({"fc", "0.875", ""});
  EXPECT_EQ(table.text(),
            "layer      accuracy  note\n"
            "-------  ----------  -------\n"
            "relu1_1  0.5 \u00b1 0.02  shallow\n"
            "fc            0.875\n");
}

TEST(Table, AlignsAColumnByTheMostOfItsCells) {
  Table table({{"sees"}, {"output"}});
  table.add({"3 px", "64x224x224"});
  table.add({"whole", "1000"});
  table.add({"45 px", "512x7x7"});
  table.add({"", ""});
  EXPECT_EQ(table.text(),
            " sees  output\n"
            "-----  ----------\n"
            " 3 px  64x224x224\n"
            "whole  1000\n"
            "45 px  512x7x7\n"
            "\n");
}

TEST(Table, TakesTheAlignmentThatIsAskedFor) {
  Table table({{"a", Align::right}, {"b", Align::left}});
  table.add({"x", "1"});
  table.add({"long", "22"});
  EXPECT_EQ(table.text(),
            "   a  b\n"
            "----  --\n"
            "   x  1\n"
            "long  22\n");
}

TEST(Table, AlignsNamesInAnyScript) {
  Table table({{"name"}, {"n"}});
  table.add({"\u732b", "1"});  // one character, two columns
  table.add({"\u00e9l\u00e9phant", "2"});
  EXPECT_EQ(table.text(),
            "name      n\n"
            "--------  -\n"
            "\u732b        1\n"
            "\u00e9l\u00e9phant  2\n");
}

TEST(Table, KeepsARowOnOneLine) {
  Table table({{"name"}});
  table.add({"two\nlines\x1B[2J"});
  EXPECT_EQ(table.text(), "name\n-------------\ntwo lines [2J\n");
}

TEST(Table, WithoutRowsIsItsTitles) {
  const Table table({{"a"}, {"bc"}});
  EXPECT_EQ(table.text(), "a  bc\n-  --\n");
  EXPECT_EQ(table.csv(), "a,bc\n");
}

TEST(Table, RefusesARowOfTheWrongLength) {
  Table table({{"a"}, {"b"}});
  EXPECT_THROW(table.add({"only one"}), Fault);
}

TEST(TableCsv, QuotesOnlyWhatNeedsQuotes) {
  Table table({{"path"}, {"what, exactly"}});
  table.add({"a b.jpg", "plain"});
  table.add({"a,b", "says \"no\""});
  table.add({"two\nlines", " blank"});
  EXPECT_EQ(table.csv(),
            "path,\"what, exactly\"\n"
            "a b.jpg,plain\n"
            "\"a,b\",\"says \"\"no\"\"\"\n"
            "\"two\nlines\",\" blank\"\n");
}

TEST(TableCsv, WritesALoneEmptyCellSoThatItIsNotAnEmptyLine) {
  Table table({{"a"}});
  table.add({""});
  EXPECT_EQ(table.csv(), "a\n\"\"\n");
}

}  // namespace
}  // namespace strata::report

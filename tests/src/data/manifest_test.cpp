#include "data/manifest.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "picture_files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::data {
namespace {

using testing::TemporaryFolder;
using testing::throws;
using Names = std::vector<std::string>;

class Manifest : public ::testing::Test {
 protected:
  Manifest() {
    for (const char* name : {"a.jpg", "b.jpg", "sub/c, d.jpg", "e.jpg"}) touch(folder_ / name);
  }

  Dataset open(const std::string& text) {
    write_file(folder_ / "m.csv", text);
    return open_manifest(folder_ / "m.csv");
  }
  ::testing::AssertionResult refuses(const std::string& text, const std::string& why) {
    return throws<InputError>([&] { open(text); }, why);
  }

  TemporaryFolder folder_;
};

TEST_F(Manifest, HasAllColumnsInAnyOrder) {
  const Dataset dataset = open(
      "split,label,path,group,domain\r\n"
      "train,dog,b.jpg,g1,photo\r\n"
      "test,cat,\"sub/c, d.jpg\",,art\r\n");
  EXPECT_EQ(dataset.layout, "manifest");
  EXPECT_EQ(dataset.classes, (Names{"cat", "dog"}));
  EXPECT_EQ(dataset.domains, (Names{"art", "photo"}));
  ASSERT_EQ(names_of(dataset), (Names{"b.jpg", "sub/c, d.jpg"}));
  EXPECT_EQ(dataset.items[0].label, 1);
  EXPECT_EQ(dataset.items[0].domain, 1);
  EXPECT_EQ(dataset.items[0].group, "g1");
  EXPECT_EQ(dataset.items[0].split, "train");
  EXPECT_EQ(dataset.items[1].group, "");
  EXPECT_EQ(dataset.items[1].file, folder_ / "sub/c, d.jpg");
}

TEST_F(Manifest, NeedsOnlyPaths) {
  const Dataset dataset = open("path\na.jpg\n");
  EXPECT_TRUE(dataset.classes.empty());
  EXPECT_TRUE(dataset.domains.empty());
  EXPECT_EQ(dataset.items.at(0).label, -1);
  EXPECT_EQ(open("path,label\na.jpg,\nb.jpg,\n").classes.size(), 0U);
}

TEST_F(Manifest, ReadsPathsFromItsOwnFolderOrAbsolute) {
  const std::string absolute = (folder_ / "b.jpg").string();
  const Dataset dataset = open("path\n./sub/../a.jpg\n" + absolute + "\n");
  ASSERT_EQ(names_of(dataset), (Names{"a.jpg", absolute}));
  EXPECT_EQ(dataset.items[0].file, folder_ / "a.jpg");
  EXPECT_EQ(dataset.items[1].file, absolute);
}

TEST_F(Manifest, RefusesRowsThatAreWrongWithTheirLines) {
  EXPECT_TRUE(refuses("path,label\na.jpg,x\nb.jpg\n", "m.csv: line 3: 1 fields where"));
  EXPECT_TRUE(refuses("path,label\n,x\n", "line 2: no path"));
  EXPECT_TRUE(refuses("path\na.jpg\nmissing.jpg\n", "line 3: no such file"));
  EXPECT_TRUE(refuses("path\nsub\n", "line 2: a folder"));
  EXPECT_TRUE(refuses("path\na.jpg\nb.jpg\n./a.jpg\n", "line 4: ./a.jpg is on line 2 already"));
  EXPECT_TRUE(refuses("path,label\na.jpg,x\nb.jpg,\n", "line 3: no label, though line 2 has one"));
  EXPECT_TRUE(refuses("path,domain\na.jpg,\nb.jpg,y\n", "line 2: no domain"));
}

TEST_F(Manifest, ListsTheFirstProblemsAndCountsTheRest) {
  EXPECT_TRUE(refuses("path\n1.jpg\n2.jpg\n3.jpg\n4.jpg\n5.jpg\n", "line 4: no such file"));
  EXPECT_TRUE(refuses("path\n1.jpg\n2.jpg\n3.jpg\n4.jpg\n5.jpg\n", "; and 2 more"));
}

TEST_F(Manifest, RefusesHeadersThatAreWrong) {
  EXPECT_TRUE(refuses("", "is empty"));
  EXPECT_TRUE(refuses("path\n", "names no pictures"));
  EXPECT_TRUE(refuses("file,label\na.jpg,x\n", "no column path"));
  EXPECT_TRUE(refuses("path,label,label\na.jpg,x,y\n", "two columns \"label\""));
  EXPECT_TRUE(refuses("path,lable\na.jpg,x\n", "\"lable\" (did you mean label?)"));
}

TEST_F(Manifest, IgnoresColumnsOfOthers) {
  EXPECT_EQ(open("path,width,photographer\na.jpg,10,me\n").items.size(), 1U);
}

}  // namespace
}  // namespace strata::data

#include "data/dataset.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "picture_files.hpp"
#include "testing/testing.hpp"

#include <map>

#include <gtest/gtest.h>

namespace strata::data {
namespace {

using testing::TemporaryFolder;
using testing::throws;
using Names = std::vector<std::string>;

TEST(OpenDataset, SortsItemsByName) {
  const TemporaryFolder folder;
  for (const char* name : {"b/1.jpg", "a/2.jpg", "a/10.jpg", "a-b/1.jpg", "B/1.jpg"}) {
    touch(folder / name);
  }
  EXPECT_EQ(names_of(open_dataset(folder.path())),
            (Names{"B/1.jpg", "a-b/1.jpg", "a/10.jpg", "a/2.jpg", "b/1.jpg"}));
}

TEST(OpenDataset, TakesAFileForAManifest) {
  const TemporaryFolder folder;
  touch(folder / "a.jpg");
  write_file(folder / "m.csv", "path\na.jpg\n");
  EXPECT_EQ(open_dataset(folder / "m.csv").layout, "manifest");
  EXPECT_EQ(open_dataset(folder / "m.csv", "manifest").items.size(), 1U);
}

TEST(OpenDataset, NamesWhatIsWrongWithTheRoot) {
  const TemporaryFolder folder;
  touch(folder / "a.jpg");
  EXPECT_TRUE(throws<InputError>([&] { open_dataset(folder / "no"); }, "no: no such file"));
  EXPECT_TRUE(
      throws<InputError>([&] { open_dataset(folder.path(), "manifest"); }, "needs a CSV file"));
  EXPECT_TRUE(throws<InputError>([&] { open_dataset(folder / "a.jpg", "class"); },
                                 "is a file, but layout class needs a folder"));
}

TEST(OpenDataset, RefusesAnUnknownLayoutWithTheNearest) {
  EXPECT_TRUE(throws<UsageError>([] { open_dataset(".", "manifset"); }, "did you mean manifest?"));
  EXPECT_TRUE(throws<UsageError>([] { open_dataset(".", ""); }, "expected one of auto, class"));
}

class Filtered : public ::testing::Test {
 protected:
  Filtered() {
    for (const char* name : {"art/cat/1.jpg", "art/dog/1.jpg", "photo/cat/1.jpg",
                             "photo/elephant/1.jpg", "sketch/dog/1.jpg"}) {
      touch(folder_ / name);
    }
    dataset_ = open_dataset(folder_.path());
  }

  TemporaryFolder folder_;
  Dataset dataset_;
};

TEST_F(Filtered, ByNothingIsEverything) {
  const Dataset same = dataset_.filtered({}, {});
  EXPECT_EQ(names_of(same), names_of(dataset_));
  EXPECT_EQ(same.classes, dataset_.classes);
  EXPECT_EQ(same.layout, "domain/class");
}

TEST_F(Filtered, ByDomainKeepsTheClassIndices) {
  const Dataset photo = dataset_.filtered({"photo"}, {});
  EXPECT_EQ(names_of(photo), (Names{"photo/cat/1.jpg", "photo/elephant/1.jpg"}));
  EXPECT_EQ(photo.domains, (Names{"photo"}));
  EXPECT_EQ(photo.classes, dataset_.classes);
  EXPECT_EQ(photo.items[1].label, 2);
  EXPECT_EQ(photo.items[1].domain, 0);
}

TEST_F(Filtered, ByClassRenumbersTheClassesInTheirOrder) {
  const Dataset some = dataset_.filtered({}, {"elephant", "cat"});
  EXPECT_EQ(some.classes, (Names{"cat", "elephant"}));
  EXPECT_EQ(names_of(some), (Names{"art/cat/1.jpg", "photo/cat/1.jpg", "photo/elephant/1.jpg"}));
  EXPECT_EQ(some.items[2].label, 1);
  EXPECT_EQ(some.items[2].domain, 1);
}

TEST_F(Filtered, RefusesUnknownNamesWithTheNearest) {
  EXPECT_TRUE(
      throws<UsageError>([&] { dataset_.filtered({"foto"}, {}); }, "(did you mean photo?)"));
  EXPECT_TRUE(throws<UsageError>([&] { dataset_.filtered({}, {"horse"}); },
                                 "expected one of cat, dog, elephant"));
  const Dataset flat{"folder", "flat", {}, {}, {Item{}}};
  EXPECT_TRUE(throws<UsageError>([&] { flat.filtered({"photo"}, {}); }, "has none"));
}

TEST_F(Filtered, NamesOnlySomeOfManyClasses) {
  Dataset many{"folder", "class", {}, {}, {Item{}}};
  for (int i = 100; i < 150; ++i) many.classes.push_back("class " + std::to_string(i));
  EXPECT_TRUE(throws<UsageError>([&] { many.filtered({}, {"horse"}); },
                                 "class 110, class 111, ... (50 in all)"));
}

TEST_F(Filtered, RefusesToBeEmpty) {
  EXPECT_TRUE(throws<InputError>([&] { dataset_.filtered({"sketch"}, {"cat"}); },
                                 "holds no pictures of domain sketch and class cat"));
}

TEST(SharedPacs, HasItsDomainsClassesAndPictures) {
  const auto shared = testing::shared_data();
  if (!shared) GTEST_SKIP() << testing::kNoSharedData;
  const Dataset pacs = open_dataset(*shared / "pacs");
  EXPECT_EQ(pacs.layout, "domain/class");
  EXPECT_EQ(pacs.items.size(), 1120U);
  EXPECT_EQ(pacs.domains.size(), 4U);
  EXPECT_EQ(pacs.classes.size(), 7U);
  std::map<std::pair<int64_t, int64_t>, int> counts;
  for (const Item& item : pacs.items) ++counts[{item.domain, item.label}];
  EXPECT_EQ(counts.size(), 28U);
  for (const auto& [cell, count] : counts) EXPECT_EQ(count, 40);
  EXPECT_EQ(pacs.filtered({pacs.domains[3]}, {}).items.size(), 280U);
}

}  // namespace
}  // namespace strata::data

#include "probes/task.hpp"

#include "../cli/fixtures.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

Sweep sweep(const fs::path& data, const std::string& more = "") {
  return Sweep::from(
      Config::from_text("data: {path: '" + data.string() + "'}\n" + more, "sweep.yaml"));
}

TEST(ProbeTask, DividesEveryClassOverTheFolds) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder.path(), 3, 10);
  const ProbeTask task = make_task(sweep(folder.path()), pictures, quiet());
  EXPECT_EQ(task.classes.size(), 3U);
  EXPECT_NEAR(task.chance, 1.0 / 3, 1e-12);
  std::map<std::pair<int64_t, int64_t>, int> counts;
  for (size_t i = 0; i < 30; ++i) ++counts[{task.labels[i], task.folds[0][i]}];
  EXPECT_EQ(counts.size(), 15U);
  for (const auto& [place, count] : counts) EXPECT_EQ(count, 2);
}

TEST(ProbeTask, HoldsOutATestPartOfEveryClass) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder.path(), 2, 10);
  const ProbeTask task = make_task(sweep(folder.path(), "split: {test: 0.3}"), pictures, quiet());
  EXPECT_EQ(std::count(task.test.begin(), task.test.end(), true), 6);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(task.folds[0][i] == -1, task.test[i]);
}

TEST(ProbeTask, DrawsEachRepeatAnewAndEachSeedDifferently) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder.path(), 2, 15);
  const ProbeTask task = make_task(sweep(folder.path(), "probe: {repeats: 3}"), pictures, quiet());
  EXPECT_EQ(std::set<std::vector<int64_t>>(task.folds.begin(), task.folds.end()).size(), 3U);
  const ProbeTask same = make_task(sweep(folder.path(), "probe: {repeats: 3}"), pictures, quiet());
  EXPECT_EQ(task.hash(), same.hash());
  const ProbeTask other =
      make_task(sweep(folder.path(), "probe: {repeats: 3}\nseed: 9"), pictures, quiet());
  EXPECT_NE(task.hash(), other.hash());
}

TEST(ProbeTask, KeepsCopiesOfAPictureTogether) {
  const TemporaryFolder folder;
  toy_pictures(folder.path(), 2, 12);
  for (int i = 0; i < 6; ++i) {
    fs::copy_file(folder / ("class_0/picture_0" + std::to_string(i) + ".png"),
                  folder / ("class_0/copy_" + std::to_string(i) + ".png"));
  }
  const PictureSet pictures = hash_pictures(data::open_dataset(folder.path()), no_stop());
  Log log(Log::Level::quiet);
  const ProbeTask task = make_task(sweep(folder.path()), pictures, log);
  std::map<std::string, std::set<int64_t>> folds;
  for (size_t i = 0; i < task.rows.size(); ++i) folds[task.sha256[i]].insert(task.folds[0][i]);
  for (const auto& [sha, where] : folds) EXPECT_EQ(where.size(), 1U);
  ASSERT_EQ(log.warnings().size(), 1U);
  EXPECT_NE(log.warnings()[0].find("6 pictures are copies"), std::string::npos);
}

TEST(ProbeTask, ReadsDomainsWhereAsked) {
  const TemporaryFolder folder;
  toy_pictures(folder / "one", 2, 6);
  toy_pictures(folder / "other", 2, 5);
  Sweep s = sweep(folder.path());
  s.data.label = "domain";
  const PictureSet pictures = hash_pictures(data::open_dataset(folder.path()), no_stop());
  // The two domains hold the same pictures, which so would be one group; make them differ.
  PictureSet told_apart = pictures;
  for (size_t i = 0; i < told_apart.size(); ++i) {
    told_apart.sha256[i] += pictures.dataset.items[i].name;
  }
  const ProbeTask task = make_task(s, told_apart, quiet());
  EXPECT_EQ(task.classes, (std::vector<std::string>{"one", "other"}));
  EXPECT_NEAR(task.chance, 12.0 / 22, 1e-12);
}

TEST(ProbeTask, NumbersOnlyTheClassesInUse) {
  const TemporaryFolder folder;
  const PictureSet all = toy_pictures(folder.path(), 3, 6);
  PictureSet pictures{all.dataset.filtered({}, {"class_0", "class_2"}), {}};
  pictures = hash_pictures(pictures.dataset, no_stop());
  const ProbeTask task = make_task(sweep(folder.path()), pictures, quiet());
  EXPECT_EQ(task.classes, (std::vector<std::string>{"class_0", "class_2"}));
  EXPECT_EQ(*std::max_element(task.labels.begin(), task.labels.end()), 1);
}

TEST(ProbeTask, NamesWhatCannotBeLearned) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder.path(), 2, 4);
  EXPECT_TRUE(throws<UsageError>([&] { make_task(sweep(folder.path()), pictures, quiet()); },
                                 "'class_0' has only 4 different pictures"));
  Sweep domains = sweep(folder.path());
  domains.data.label = "domain";
  EXPECT_TRUE(throws<UsageError>([&] { make_task(domains, pictures, quiet()); }, "has no domains"));
}

TEST(ProbeTask, RestrictsEverythingToSomeRows) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder.path(), 2, 10);
  const ProbeTask task = make_task(sweep(folder.path()), pictures, quiet());
  const ProbeTask part = task.restricted({0, 3, 19});
  EXPECT_EQ(part.names, (std::vector<std::string>{task.names[0], task.names[3], task.names[19]}));
  EXPECT_EQ(part.labels.size(), 3U);
  EXPECT_EQ(part.folds[0][2], task.folds[0][19]);
  EXPECT_NE(part.hash(), task.hash());
}

TEST(ProbeTask, IsWrittenARowAPicture) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder / "data", 2, 5);
  const ProbeTask task =
      make_task(sweep(folder / "data", "probe: {repeats: 2}"), pictures, quiet());
  write_task(folder / "pictures.csv", task);
  const std::string text = read_text(folder / "pictures.csv");
  EXPECT_TRUE(
      text.starts_with("schema,picture,sha256,label,test,fold_0,fold_1\n"
                       "1,class_0/picture_00.png," +
                       task.sha256[0] + ",class_0,0,"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11);
}

}  // namespace
}  // namespace strata::probes

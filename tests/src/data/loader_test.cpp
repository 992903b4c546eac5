#include "data/loader.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "picture_files.hpp"
#include "testing/testing.hpp"

#include <thread>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace strata::data {
namespace {

using testing::TemporaryFolder;
using testing::tensors_close;
using testing::throws;

LoaderOptions small_options(int64_t batch, int64_t threads) {
  LoaderOptions options;
  options.fit = {image::Fit::squash, 8};
  options.batch = batch;
  options.threads = threads;
  return options;
}

size_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

class LoaderTest : public ::testing::Test {
 protected:
  /// Pictures 000.png, 001.png, ... whose red is their number.
  Dataset pictures(int n) {
    for (int i = 0; i < n; ++i) write_picture(folder_ / fmt::format("set/{:03}.png", i), 12, 9, i);
    return open_dataset(folder_ / "set");
  }
  void break_picture(int i) {
    write_file(folder_ / fmt::format("set/{:03}.png", i), "this is no picture");
  }

  TemporaryFolder folder_;
  Log log_{Log::Level::quiet};
};

TEST_F(LoaderTest, GivesBatchesInTheOrderOfTheRows) {
  const Dataset dataset = pictures(10);
  for (const int64_t threads : {1, 3}) {
    const std::vector<size_t> rows = {9, 1, 8, 2, 7, 3, 0};
    Loader loader(dataset, rows, small_options(3, threads), log_);
    std::vector<size_t> seen;
    std::vector<int64_t> sizes;
    while (const auto batch = loader.next()) {
      sizes.push_back(batch->rgb_nchw_01.size(0));
      for (size_t i = 0; i < batch->rows.size(); ++i) {
        const size_t row = batch->rows[i];
        seen.push_back(row);
        const at::Tensor red = batch->rgb_nchw_01[static_cast<int64_t>(i)][0];
        ASSERT_TRUE(tensors_close(red, at::full({8, 8}, static_cast<double>(row) / 255), 1e-6));
        ASSERT_EQ(batch->sha256[i], sha256_of_file(dataset.items[row].file));
      }
    }
    EXPECT_EQ(seen, rows);
    EXPECT_EQ(sizes, (std::vector<int64_t>{3, 3, 1}));
    EXPECT_TRUE(loader.broken().empty());
    EXPECT_FALSE(loader.next());
  }
}

TEST_F(LoaderTest, GivesFloatsInZeroToOne) {
  const Dataset dataset = pictures(1);
  Loader loader(dataset, {0}, small_options(4, 1), log_);
  const auto batch = loader.next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->rgb_nchw_01.sizes(), (at::IntArrayRef{1, 3, 8, 8}));
  EXPECT_EQ(batch->rgb_nchw_01.scalar_type(), at::kFloat);
  EXPECT_NEAR(batch->rgb_nchw_01[0][1].mean().item<double>(), 100.0 / 255, 1e-6);
  EXPECT_NEAR(batch->rgb_nchw_01[0][2].mean().item<double>(), 200.0 / 255, 1e-6);
}

TEST_F(LoaderTest, KeepsEachPicturesOwnSizeOneAtATime) {
  write_picture(folder_ / "set/a.png", 5, 7, 0);
  write_picture(folder_ / "set/b.png", 4, 3, 0);
  const Dataset dataset = open_dataset(folder_ / "set");
  LoaderOptions options = small_options(1, 2);
  options.fit.mode = image::Fit::none;
  Loader loader(dataset, {0, 1}, options, log_);
  EXPECT_EQ(loader.next()->rgb_nchw_01.sizes(), (at::IntArrayRef{1, 3, 7, 5}));
  EXPECT_EQ(loader.next()->rgb_nchw_01.sizes(), (at::IntArrayRef{1, 3, 3, 4}));
  options.batch = 2;
  EXPECT_TRUE(throws<UsageError>([&] { Loader(dataset, {0, 1}, options, log_); }, "fit none"));
}

TEST_F(LoaderTest, SkipsABrokenPictureWithAWarning) {
  const Dataset dataset = pictures(8);
  break_picture(3);
  Loader loader(dataset, all_rows(dataset), small_options(4, 2), log_);
  EXPECT_EQ(loader.next()->rows, (std::vector<size_t>{0, 1, 2, 4}));
  EXPECT_EQ(loader.next()->rows, (std::vector<size_t>{5, 6, 7}));
  EXPECT_FALSE(loader.next());
  ASSERT_EQ(loader.broken().size(), 1U);
  EXPECT_EQ(loader.broken()[0].first, 3U);
  EXPECT_NE(loader.broken()[0].second.find("003.png"), std::string::npos);
  ASSERT_EQ(log_.warnings().size(), 1U);
  EXPECT_NE(log_.warnings()[0].find("003.png"), std::string::npos);
  EXPECT_NE(log_.warnings()[0].find("skipped"), std::string::npos);
}

TEST_F(LoaderTest, SkipsAPictureThatIsGone) {
  const Dataset dataset = pictures(3);
  std::filesystem::remove(dataset.items[1].file);
  Loader loader(dataset, all_rows(dataset), small_options(4, 1), log_);
  EXPECT_EQ(loader.next()->rows, (std::vector<size_t>{0, 2}));
}

TEST_F(LoaderTest, EndsWhereTooManyAreBrokenAndNamesTheFirst) {
  const Dataset dataset = pictures(40);
  for (const int i : {5, 11, 17, 23}) break_picture(i);
  LoaderOptions options = small_options(4, 3);
  options.max_bad = 0.06;  // 2.4 of 40
  Loader loader(dataset, all_rows(dataset), options, log_);
  const auto read_all = [&] {
    while (loader.next()) {
    }
  };
  EXPECT_TRUE(throws<InputError>(read_all, "3 of its first 18 pictures (40 in all)"));
  EXPECT_EQ(loader.broken().size(), 3U);

  Loader again(dataset, all_rows(dataset), options, log_);
  const auto read_again = [&] {
    while (again.next()) {
    }
  };
  EXPECT_TRUE(throws<InputError>(read_again, "005.png"));

  options.max_bad = 0.1;  // exactly 4 of 40
  Loader patient(dataset, all_rows(dataset), options, log_);
  size_t good = 0;
  while (const auto batch = patient.next()) good += batch->rows.size();
  EXPECT_EQ(good, 36U);
}

TEST_F(LoaderTest, RefusesADataSetWhoseOnlyPictureIsBroken) {
  const Dataset dataset = pictures(1);
  break_picture(0);
  Loader loader(dataset, {0}, small_options(4, 1), log_);
  EXPECT_TRUE(throws<InputError>([&] { loader.next(); }, "000.png"));
}

TEST_F(LoaderTest, WarnsOneByOneOnlyOfTheFirst) {
  const Dataset dataset = pictures(30);
  for (int i = 0; i < 15; ++i) break_picture(2 * i);
  LoaderOptions options = small_options(4, 2);
  options.max_bad = 1;
  Loader loader(dataset, all_rows(dataset), options, log_);
  while (loader.next()) {
  }
  EXPECT_EQ(loader.broken().size(), 15U);
  ASSERT_EQ(log_.warnings().size(), 11U);
  EXPECT_NE(log_.warnings().back().find("15 of 30 pictures"), std::string::npos);
}

TEST_F(LoaderTest, MayBeDroppedAtAnyTime) {
  const Dataset dataset = pictures(30);
  for (int taken = 0; taken < 3; ++taken) {
    Loader loader(dataset, all_rows(dataset), small_options(2, 4), log_);
    for (int i = 0; i < taken; ++i) loader.next();
  }
}

TEST_F(LoaderTest, ThrowsWhatGoesWrongOnItsThreads) {
  const Dataset dataset = pictures(3);
  LoaderOptions options = small_options(2, 2);
  options.fit.size = -1;  // a caller's mistake that only fit() notices
  Loader loader(dataset, all_rows(dataset), options, log_);
  EXPECT_ANY_THROW(loader.next());
}

TEST_F(LoaderTest, LeavesTheThreadsOfTheCallerAsTheyWere) {
  const Dataset dataset = pictures(6);
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  Loader loader(dataset, all_rows(dataset), small_options(2, 2), log_);
  EXPECT_EQ(at::get_num_threads(), 3);
  int of_a_new_thread = 0;
  std::thread([&] { of_a_new_thread = at::get_num_threads(); }).join();
  EXPECT_EQ(of_a_new_thread, 3);
  while (loader.next()) {
  }
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

TEST_F(LoaderTest, ComputesWithItsOwnThreadsAlone) {
  write_picture(folder_ / "set/a.png", 300, 300, 1);
  write_picture(folder_ / "set/b.png", 300, 300, 2);
  const Dataset dataset = open_dataset(folder_ / "set");
  LoaderOptions options = small_options(1, 2);
  // Large enough, and of a kind, that LibTorch would share the work among threads.
  options.fit = {image::Fit::squash, 400, 400, image::Interpolation::bilinear};
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  const size_t threads = threads_of_this_process();
  Loader loader(dataset, all_rows(dataset), options, log_);
  while (loader.next()) {
  }
  EXPECT_LE(threads_of_this_process(), threads + 2);
  at::set_num_threads(before);
}

TEST_F(LoaderTest, RefusesOptionsOutOfRange) {
  const Dataset dataset = pictures(1);
  const auto refuses = [&](const LoaderOptions& options, const std::string& key) {
    return throws<UsageError>([&] { Loader(dataset, {0}, options, log_); }, key);
  };
  EXPECT_TRUE(refuses(small_options(0, 1), "batch: 0"));
  EXPECT_TRUE(refuses(small_options(1, 0), "threads: 0"));
  LoaderOptions options = small_options(1, 1);
  options.max_bad = 1.5;
  EXPECT_TRUE(refuses(options, "max_bad: 1.5"));
}

TEST_F(LoaderTest, OfNoRowsEndsAtOnce) {
  Loader loader(pictures(1), {}, small_options(4, 2), log_);
  EXPECT_FALSE(loader.next());
}

TEST_F(LoaderTest, ReadsAllOfPacs) {
  const auto shared = testing::shared_data();
  if (!shared) GTEST_SKIP() << testing::kNoSharedData;
  const Dataset pacs = open_dataset(*shared / "pacs");
  LoaderOptions options;
  options.fit.size = options.fit.resize = 32;
  options.batch = 64;
  options.threads = 2;
  Loader loader(pacs, all_rows(pacs), options, log_);
  size_t next_row = 0;
  while (const auto batch = loader.next()) {
    for (const size_t row : batch->rows) ASSERT_EQ(row, next_row++);
  }
  EXPECT_EQ(next_row, 1120U);
  EXPECT_TRUE(loader.broken().empty());
}

}  // namespace
}  // namespace strata::data

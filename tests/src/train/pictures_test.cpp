#include "train/pictures.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "small_run.hpp"
#include "testing/testing.hpp"

#include <numeric>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace strata::train {
namespace {

using testing::TemporaryFolder;
using testing::throws;

class Batches : public ::testing::Test {
 protected:
  Batches() {
    write_pictures(folder_ / "p", 2, 5);
    dataset_ = data::open_dataset(folder_ / "p");
    augment_.size = 16;
    augment_.brightness = 0.5;
  }
  std::vector<Samples> all(const TrainingBatches::Options& options) {
    std::vector<size_t> rows(dataset_.items.size());
    std::iota(rows.begin(), rows.end(), size_t{0});
    TrainingBatches batches(dataset_, rows, augment_, options);
    std::vector<Samples> list;
    while (auto samples = batches.next()) list.push_back(std::move(*samples));
    return list;
  }

  TemporaryFolder folder_;
  data::Dataset dataset_;
  AugmentOptions augment_;
};

TEST_F(Batches, AreFunctionsOfSeedAndStepAlone) {
  const auto a = all({.batch = 3, .steps = 9, .threads = 1, .seed = 5});
  const auto b =
      all({.batch = 3, .steps = 9, .first = 4, .threads = 3, .seed = 5, .cache_bytes = 0});
  ASSERT_EQ(a.size(), 9U);
  ASSERT_EQ(b.size(), 5U);
  for (size_t i = 0; i < b.size(); ++i) {
    EXPECT_TRUE(at::equal(a[i + 4].rgb_nchw_01, b[i].rgb_nchw_01));
    EXPECT_EQ(a[i + 4].labels, b[i].labels);
  }
  const auto c = all({.batch = 3, .steps = 9, .seed = 6});
  EXPECT_FALSE(at::equal(a[0].rgb_nchw_01, c[0].rgb_nchw_01));
}

TEST_F(Batches, HaveEveryPictureOnceAnEpoch) {
  const auto batches = all({.batch = 5, .steps = 2});
  std::vector<int64_t> labels;
  for (const Samples& s : batches) labels.insert(labels.end(), s.labels.begin(), s.labels.end());
  EXPECT_EQ(std::count(labels.begin(), labels.end(), 0), 5);
  EXPECT_EQ(std::count(labels.begin(), labels.end(), 1), 5);
  EXPECT_EQ(batches[0].rgb_nchw_01.sizes().vec(), (std::vector<int64_t>{5, 3, 16, 16}));
}

TEST_F(Batches, LeaveTheThreadsOfTheCallerAlone) {
  const int threads = at::get_num_threads();
  all({.batch = 2, .steps = 2, .threads = 2});
  EXPECT_EQ(at::get_num_threads(), threads);
}

TEST_F(Batches, EndAtAPictureThatCannotBeRead) {
  write_file(dataset_.items[3].file, "no picture");
  EXPECT_TRUE(
      throws<InputError>([&] { all({.batch = 5, .steps = 2}); }, dataset_.items[3].file.string()));
}

}  // namespace
}  // namespace strata::train

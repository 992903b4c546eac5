#include "train/training_data.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "small_run.hpp"
#include "testing/testing.hpp"

#include <algorithm>

namespace strata::train {
namespace {

using testing::TemporaryFolder;
using testing::throws;

class Data : public ::testing::Test {
 protected:
  Data() {
    write_pictures(folder_ / "one", 3, 4);
    write_pictures(folder_ / "two", 2, 4);
    choice_.paths = {folder_ / "one", folder_ / "two"};
  }
  std::vector<std::string> held_out(const TrainingData& data) const {
    std::vector<std::string> names;
    for (const size_t row : data.held_out) names.push_back(data.pictures.items[row].name);
    return names;
  }

  TemporaryFolder folder_;
  DataChoice choice_;
};

TEST_F(Data, OfSeveralFoldersIsOneWithItsClassesMatchedByName) {
  const TrainingData data = open_training_data(choice_, 0);
  EXPECT_EQ(data.pictures.items.size(), 20U);
  EXPECT_EQ(data.pictures.classes, (std::vector<std::string>{"class0", "class1", "class2"}));
  EXPECT_EQ(data.pictures.items.front().name, "one/class0/0.png");
  EXPECT_EQ(data.pictures.items.back().name, "two/class1/3.png");
  EXPECT_EQ(data.pictures.items.back().label, 1);
  EXPECT_EQ(data.training.size() + data.held_out.size(), 20U);
}

TEST_F(Data, IsDividedTheSameWayForOneSeed) {
  choice_.held_out_share = 0.3;
  const TrainingData a = open_training_data(choice_, 1), b = open_training_data(choice_, 1),
                     c = open_training_data(choice_, 2);
  EXPECT_EQ(a.held_out, b.held_out);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_NE(a.fingerprint, c.fingerprint);
  EXPECT_NEAR(static_cast<double>(a.held_out.size()), 6, 1);
}

TEST_F(Data, IsDividedByAList) {
  choice_.held_out = folder_ / "list.txt";
  write_file(choice_.held_out, "# two pictures\ntwo/class1/3.png\r\n\none/class0/1.png\n");
  const TrainingData data = open_training_data(choice_, 0);
  EXPECT_EQ(held_out(data), (std::vector<std::string>{"one/class0/1.png", "two/class1/3.png"}));
  EXPECT_EQ(data.training.size(), 18U);
}

TEST_F(Data, RefusesAListThatDoesNotFit) {
  choice_.held_out = folder_ / "list.txt";
  write_file(choice_.held_out, "one/class0/1.png\none/class0/99.png\n");
  EXPECT_TRUE(throws<UsageError>([&] { open_training_data(choice_, 0); }, "one/class0/99.png"));
  write_file(choice_.held_out, "# nothing\n");
  EXPECT_TRUE(
      throws<UsageError>([&] { open_training_data(choice_, 0); }, "no picture is held out"));
}

TEST_F(Data, RefusesTwoFoldersOfOneName) {
  write_pictures(folder_ / "deep" / "one", 2, 2);
  choice_.paths = {folder_ / "one", folder_ / "deep" / "one"};
  EXPECT_TRUE(throws<UsageError>([&] { open_training_data(choice_, 0); }, "one/class0/0.png"));
}

}  // namespace
}  // namespace strata::train

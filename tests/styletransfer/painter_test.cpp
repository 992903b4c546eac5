#include "styletransfer/painter.hpp"

#include "base/error.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <csignal>
#include <limits>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::some_picture;
using strata::testing::throws;

constexpr OptimizerSettings kAdam{.kind = OptimizerSettings::Kind::adam, .learning_rate = 0.01};

ObjectiveValue energy(const at::Tensor& picture) {
  ObjectiveValue value;
  value.loss = picture.square().sum().item<double>();
  value.gradient = picture * 2.0;
  value.terms = {{"style", "relu1_1", 1.0, value.loss}};
  return value;
}

struct Seen {
  std::vector<int64_t> iterations, evaluations;
  std::vector<double> work;
};

class Recorder final : public Observer {
 public:
  explicit Recorder(Seen& seen) : seen_(seen) {}
  void at(const Moment& moment) override {
    seen_.iterations.push_back(moment.iteration);
    seen_.evaluations.push_back(moment.evaluations);
    seen_.work.push_back(moment.work);
  }

 private:
  Seen& seen_;
};

class PainterAtWork : public ::testing::Test {
 protected:
  PainterAtWork() { observers_.push_back(std::make_unique<Recorder>(seen_)); }

  at::Tensor paint(Painter& painter, const Painter::Evaluate& objective, Painter::Stage stage) {
    return painter.paint(objective, some_picture(4, 5, 1), stage, kAdam, 1.0);
  }

  StopSignal stop_;
  Seen seen_;
  Observers observers_;
};

TEST_F(PainterAtWork, ShowsEveryIterationAndHowFarTheWholeRunIs) {
  Painter painter(stop_, observers_);
  paint(painter, energy, {.scales = 2, .iterations = 2, .work_before = 0.0, .work_after = 0.4});
  paint(painter, energy,
        {.scale = 1, .scales = 2, .iterations = 3, .work_before = 0.4, .work_after = 1.0});
  EXPECT_EQ(seen_.iterations, (std::vector<int64_t>{1, 2, 1, 2, 3}));
  EXPECT_EQ(seen_.evaluations, (std::vector<int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(seen_.work.back(), 1.0);
  EXPECT_DOUBLE_EQ(seen_.work[1], 0.4);
  EXPECT_EQ(painter.evaluations(), 5);
}

TEST_F(PainterAtWork, LowersTheObjective) {
  Painter painter(stop_, observers_);
  const at::Tensor painted = paint(painter, energy, {.iterations = 20});
  EXPECT_LT(energy(painted).loss, energy(some_picture(4, 5, 1)).loss);
}

TEST_F(PainterAtWork, StopsWhereItIsAskedToWithTheLastGoodPicture) {
  Painter painter(stop_, observers_);
  const Painter::Evaluate objective = [&](const at::Tensor& picture) {
    if (painter.evaluations() == 2) stop_.request(SIGINT);
    return energy(picture);
  };
  EXPECT_THROW(paint(painter, objective, {.iterations = 50}), Painter::Stopped);
  EXPECT_EQ(painter.evaluations(), 3);
  ASSERT_TRUE(painter.last_good().defined());
  EXPECT_LT(energy(painter.last_good()).loss, energy(some_picture(4, 5, 1)).loss);
}

TEST_F(PainterAtWork, NamesTheTermThatIsNotFiniteAndKeepsTheLastGoodPicture) {
  Painter painter(stop_, observers_);
  const Painter::Evaluate objective = [&](const at::Tensor& picture) {
    ObjectiveValue value = energy(picture);
    if (painter.evaluations() >= 3) {
      value.loss = std::numeric_limits<double>::quiet_NaN();
      value.terms[0].value = value.loss;
    }
    return value;
  };
  EXPECT_TRUE(throws<NumericalError>([&] { paint(painter, objective, {.iterations = 50}); },
                                     "term style on relu1_1 is nan"));
  EXPECT_TRUE(painter.last_good().isfinite().all().item<bool>());
  EXPECT_LT(energy(painter.last_good()).loss, energy(some_picture(4, 5, 1)).loss);
}

TEST_F(PainterAtWork, HasNoPictureBeforeTheFirstScale) {
  EXPECT_FALSE(Painter(stop_, observers_).last_good().defined());
}

}  // namespace
}  // namespace strata::styletransfer

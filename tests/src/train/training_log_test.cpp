#include "train/training_log.hpp"

#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::train {
namespace {

TrainingLog some_log() {
  TrainingLog log;
  log.end_row(0, 0.0, 0.0, Evaluation{0.1, {{"accuracy", 0.1}}});
  log.add({.loss = 2.0, .rate = 0.5, .gradient_norm = 1.0});
  log.add({.loss = 1.0, .rate = 0.25, .gradient_norm = 3.0});
  log.end_row(2, 7.5, 16.0, std::nullopt);
  log.add({.loss = 0.5, .rate = 0.125, .gradient_norm = 1.0});
  log.end_row(3, 9.0, 8.0, Evaluation{0.75, {{"accuracy", 0.75}, {"cross-entropy", 0.25}}});
  return log;
}

TEST(TrainingLog, HasMeansOfItsStepsAndTheEvaluationsAsCsv) {
  EXPECT_EQ(some_log().csv(),
            "step,loss,learning_rate,gradient_norm,pictures_per_second,seconds,score,accuracy,"
            "cross-entropy\n"
            "0,,,,,0,0.1,0.1,\n"
            "2,1.5,0.25,2,16,7.5,,,\n"
            "3,0.5,0.125,1,8,9,0.75,0.75,0.25\n");
}

TEST(TrainingLog, GoesOnFromItsStateInTheMiddleOfARow) {
  TrainingLog whole = some_log();
  whole.add({.loss = 0.5, .rate = 0.1, .gradient_norm = 1.0});
  TrainingLog rest;
  rest.restore(whole.state(), whole.columns_json());
  for (TrainingLog* log : {&whole, &rest}) {
    log->add({.loss = 0.25, .rate = 0.1, .gradient_norm = 1.0});
    log->end_row(5, 10.0, 8.0, Evaluation{0.8, {{"accuracy", 0.8}}});
  }
  EXPECT_EQ(rest.csv(), whole.csv());
  EXPECT_EQ(rest.loss(), 0.375);
}

TEST(TrainingLog, IsPlottedWhereThereIsSomethingToShow) {
  const auto plots = plots_of(some_log(), "tiny");
  EXPECT_EQ(plots.size(), 6U);
  EXPECT_NE(plots.at("loss.svg").find("<svg"), std::string::npos);
  EXPECT_EQ(plots.at("score.png").substr(1, 3), "PNG");
  TrainingLog empty;
  EXPECT_TRUE(plots_of(empty, "tiny").empty());
}

}  // namespace
}  // namespace strata::train

#include "train/recipe.hpp"

#include "base/error.hpp"
#include "small_run.hpp"
#include "testing/testing.hpp"

#include <filesystem>

namespace strata::train {
namespace {

using testing::throws;
namespace fs = std::filesystem;

Recipe read(const std::string& yaml) {
  return Recipe::from(Config::from_text(yaml, "recipe"), "recipe");
}

TEST(Recipe, EveryOneOfTheTreeIsReadAndItsOwnCardBuilt) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(STRATA_SOURCE_DIR) / "configs/train")) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path());
    const Recipe recipe = Recipe::from(Config::from_file(entry.path()), "recipe");
    if (recipe.student.network.network.empty()) nn::read_card(recipe.student.card, recipe.name);
    for (const TeacherChoice& teacher : recipe.objective.teachers) {
      const nn::Card card = nn::load_card(teacher.network.network, nn::ModelPaths::standard());
      for (const auto& [mine, theirs] : teacher.taps) nn::build(card.architecture).find(theirs);
    }
    ++count;
  }
  EXPECT_GT(count, 0);
}

TEST(Recipe, RefusesWhatItDoesNotKnowWithTheNearest) {
  const auto refused = [](const std::string& yaml, const std::string& part) {
    return throws<UsageError>([&] { read(yaml); }, part);
  };
  const std::string good = small_classification("pictures");
  EXPECT_EQ(read(good).name, "tiny");
  EXPECT_TRUE(refused(good + "sede: 3\n", "seed"));
  EXPECT_TRUE(refused(good + "schedule: {warmup: 3}\n", "warm_up"));
  EXPECT_TRUE(refused(good + "schedule: {warm_up: 12}\n", "warm_up 12"));
  EXPECT_TRUE(refused(good + "output: {dtype: float8}\n", "float16"));
  EXPECT_TRUE(refused(good + "output: {weights: a/b.safetensors}\n", "a/b.safetensors"));
  std::string changed = good;
  changed.replace(changed.find("label_smoothing"), 15, "label_smooothin");
  EXPECT_TRUE(refused(changed, "label_smoothing"));
  EXPECT_TRUE(refused("steps: 3\n", "data"));
  EXPECT_TRUE(refused("steps: 3\ndata: {paths: [a]}\n", "student"));
  EXPECT_TRUE(refused("steps: 3\ndata: {paths: [a]}\nstudent: {card: vgg11}\n", "objective"));
  EXPECT_TRUE(refused("data: {paths: [a]}\n", "steps"));
  EXPECT_TRUE(refused("steps: 3\ndata: {layout: auto}\n", "paths"));
}

TEST(Recipe, RecordTellsRunsApart) {
  const std::string good = small_classification("pictures");
  const auto record = read(good).to_json();
  EXPECT_EQ(first_difference(record, read(good).to_json()), "");
  EXPECT_EQ(first_difference(record, read(good + "seed: 7\n").to_json()), "seed: 0 here, 7 there");
  std::string changed = good;
  changed.replace(changed.find("3e-3"), 4, "2e-3");
  EXPECT_EQ(first_difference(record, read(changed).to_json()),
            "optimizer.learning_rate: 0.003 here, 0.002 there");
  // How often a run is saved does not change what comes out.
  changed = good;
  changed.replace(changed.find("checkpoint: {steps: 4}"), 22, "checkpoint: {steps: 5}");
  EXPECT_EQ(first_difference(record, read(changed).to_json()), "");
  EXPECT_NE(first_difference(record, read(small_distillation("pictures")).to_json()), "");
}

}  // namespace
}  // namespace strata::train

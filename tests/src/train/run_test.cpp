#include "train/run.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "nn/network.hpp"
#include "small_run.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"

#include <csignal>

#include <ATen/ATen.h>
#include <gmock/gmock.h>

namespace strata::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::tensors_close;
using testing::throws;

namespace fs = std::filesystem;

class Training : public ::testing::Test {
 protected:
  Training() { write_pictures(folder_ / "pictures", 3, 8); }

  TrainReport run(const std::string& yaml, const std::string& output, int signal = 0) {
    StopSignal stop;
    if (signal != 0) stop.request(signal);
    return run_train(options_of(yaml, folder_ / output), log_, stop);
  }
  fs::path pictures() const { return folder_ / "pictures"; }

  TemporaryFolder folder_;
  Log log_{Log::Level::quiet};
};

void expect_equal_tensors(const fs::path& a, const fs::path& b) {
  const auto x = weights::read(a, {.key = "", .strip_prefixes = false}).tensors;
  const auto y = weights::read(b, {.key = "", .strip_prefixes = false}).tensors;
  ASSERT_EQ(x.size(), y.size());
  for (const auto& [name, tensor] : x) {
    if (name == "log:rows") continue;  // speeds
    EXPECT_TRUE(at::equal(tensor, y.at(name))) << name;
  }
}

TEST_F(Training, StoppedAnywhereAndTakenUpEndsAsOneWithoutAPauseToTheBit) {
  for (const auto& recipe : {small_classification(pictures()), small_distillation(pictures())}) {
    const std::string kind = recipe.find("teachers") == std::string::npos ? "c" : "d";
    run(recipe, kind + "-whole");
    // A raised signal stops after each step, so that every step is taken in a call of its own.
    int stops = 0;
    for (; stops < 12; ++stops) {
      try {
        run(recipe, kind + "-parts", SIGTERM);
        break;
      } catch (const Interrupted& stop) {
        EXPECT_EQ(stop.exit_code(), 143);
        EXPECT_THAT(stop.what(), HasSubstr("the same command goes on"));
      }
    }
    EXPECT_EQ(stops, 11);
    for (const char* file : {"checkpoint.safetensors", "weights.safetensors"}) {
      expect_equal_tensors(folder_ / (kind + "-whole") / file, folder_ / (kind + "-parts") / file);
    }
  }
}

/// Writes the run's checkpoint again with another text under `key`.
void change_checkpoint(const fs::path& folder, const std::string& key, const std::string& text) {
  auto state =
      weights::read(folder / "checkpoint.safetensors", {.key = "", .strip_prefixes = false});
  state.metadata.at(key) = text;
  weights::write_safetensors(folder / "checkpoint.safetensors", state.tensors, state.metadata);
}

TEST_F(Training, TakenUpOnAnotherMachineWarnsOfLastDigits) {
  run(small_classification(pictures()), "run");
  run(small_classification(pictures()), "run");
  EXPECT_THAT(log_.warnings(), ::testing::IsEmpty());
  change_checkpoint(folder_ / "run", "machine", "an abacus with 7 threads");
  run(small_classification(pictures()), "run");
  EXPECT_THAT(log_.warnings(), ElementsAre(HasSubstr("an abacus with 7 threads")));
}

TEST_F(Training, RefusesADamagedCheckpoint) {
  for (const char* key : {"log_columns", "seconds"}) {
    run(small_classification(pictures()), key);
    change_checkpoint(folder_ / key, key, "{");
    EXPECT_TRUE(throws<InputError>([&] { run(small_classification(pictures()), key); },
                                   "no checkpoint that can be used"));
  }
}

TEST_F(Training, WithAnotherSeedEndsElsewhere) {
  run(small_classification(pictures()), "a");
  run(small_classification(pictures(), "seed: 1\n"), "b");
  const auto a = weights::read(folder_ / "a" / "weights.safetensors").tensors;
  const auto b = weights::read(folder_ / "b" / "weights.safetensors").tensors;
  EXPECT_FALSE(at::equal(a.at("conv1.weight"), b.at("conv1.weight")));
}

TEST_F(Training, TellsClassesApart) {
  const TrainReport report = run(small_classification(pictures(), "steps: 60\n"), "run");
  EXPECT_EQ(report.steps, 60);
  EXPECT_GE(report.evaluation.score, 0.99) << "three colours";
  EXPECT_EQ(report.evaluation.figures.count("accuracy"), 1);
}

TEST_F(Training, DistilsATeacher) {
  std::string recipe = small_distillation(pictures(), "steps: 300\n");
  recipe.replace(recipe.find("3e-3"), 4, "3e-2");
  recipe.replace(recipe.find("every: 5"), 8, "every: 150");
  const TrainReport report = run(recipe, "run");
  EXPECT_THAT(read_text(folder_ / "run" / "log.csv"), HasSubstr("correlation wide2_1"));
  // As thin as its teacher, whose filters it can only meet one to one, so not all of them.
  EXPECT_GT(report.evaluation.figures.at("correlation relu1_1"), 0.6);
  EXPECT_GT(report.evaluation.score, 0.4);
  EXPECT_LT(report.loss, 1.8) << "2 where it is blind";
}

TEST_F(Training, LeavesANetworkThatItsCardLoads) {
  const TrainReport report = run(small_distillation(pictures()), "run");
  const fs::path card = folder_ / "run" / "tiny.yaml";
  EXPECT_EQ(report.files.card, card);
  const nn::Network network =
      nn::load_network({.network = card.string()}, {"relu1_1", "wide2_1"}, {}, log_);
  const auto file = weights::read(folder_ / "run" / "weights.safetensors").tensors;
  EXPECT_EQ(network.parameters.tensors.size(), file.size());
  EXPECT_EQ(network.card.title, "A thin VGG");
  EXPECT_EQ(network.card.style_layers, (std::vector<std::string>{"relu1_1", "wide2_1"}));
  const std::string text = read_text(folder_ / "run" / "MODEL_CARD.md");
  for (const char* part : {"# tiny", "18 pictures to train on, 6 held out", "random:3",
                           "correlation wide2_1", "12 steps of 4 pictures", "seed 0"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  for (const char* name :
       {"loss.svg", "loss.png", "score.svg", "score.png", "rate.svg", "log.csv"}) {
    EXPECT_GT(fs::file_size(folder_ / "run" / name), 100U) << name;
  }
}

TEST_F(Training, StoresHalfPrecisionAndDropsProjectionsWhereAsked) {
  const std::string output =
      "output: {dtype: float16, projections: dropped, weights: t.safetensors}\n";
  std::string recipe = small_distillation(pictures(), output);
  recipe.replace(recipe.find(", wide2_1]"), 10, "]");
  run(recipe, "run");
  const auto file = weights::read(folder_ / "run" / "t.safetensors").tensors;
  EXPECT_EQ(file.count("map.weight"), 0U);
  EXPECT_EQ(file.at("features.0.weight").scalar_type(), at::kHalf);
  const auto network = nn::load_network({.network = (folder_ / "run" / "tiny.yaml").string()},
                                        {"relu2_1"}, {}, log_);
  EXPECT_TRUE(network.card.architecture.projections.empty());
}

TEST_F(Training, RefusesTheFolderOfAnotherRecipeAndNamesTheDifference) {
  run(small_classification(pictures()), "run");
  const std::string other = small_classification(pictures(), "seed: 5\n");
  EXPECT_TRUE(throws<UsageError>([&] { run(other, "run"); }, "seed: 5 here, 0 there"));
  write_pictures(folder_ / "pictures", 3, 9);
  EXPECT_TRUE(
      throws<UsageError>([&] { run(small_classification(pictures()), "run"); }, "pictures"));
}

TEST_F(Training, ThatEndedIsNotDoneAgain) {
  const TrainReport first = run(small_classification(pictures()), "run");
  const TrainReport again = run(small_classification(pictures()), "run");
  EXPECT_EQ(again.resumed_at, 12);
  EXPECT_EQ(again.files.sha256, first.files.sha256);
  EXPECT_EQ(again.evaluation.score, first.evaluation.score);
}

TEST_F(Training, EndsAtALossThatIsNotFiniteAndKeepsTheLastGoodState) {
  const std::string recipe =
      small_classification(pictures(), "checkpoint: {steps: 1}\nsteps: 40\n");
  std::string wild = recipe;
  wild.erase(wild.find("checkpoint: {steps: 4}\n"), 23);
  wild.replace(wild.find("learning_rate: 3e-3, clip_norm: 5"), 33,
               "kind: sgd, learning_rate: 1e12");
  EXPECT_TRUE(throws<NumericalError>([&] { run(wild, "run"); }, "step"));
  const auto kept = weights::read(folder_ / "run" / "checkpoint.safetensors",
                                  {.key = "", .strip_prefixes = false});
  for (const auto& [name, tensor] : kept.tensors) {
    if (!name.starts_with("trainer:network:")) continue;
    EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
  }
}

TEST_F(Training, FrozenLayersAndTheirNormsDoNotMove) {
  const std::string recipe = small_classification(pictures());
  std::string part = recipe;
  part.replace(part.find("  batch_norm: batch\n"), 20,
               "  batch_norm: batch\n  train: [\"layer3..\"]\n");
  run(part, "run");
  const auto file = weights::read(folder_ / "run" / "checkpoint.safetensors",
                                  {.key = "", .strip_prefixes = false})
                        .tensors;
  EXPECT_TRUE(at::equal(file.at("trainer:network:bn1.running_mean"), at::zeros({16})));
  EXPECT_TRUE(at::equal(file.at("trainer:network:bn1.running_var"), at::ones({16})));
  EXPECT_EQ(file.count("trainer:optimizer:conv1.weight:first"), 0U);
}

TEST_F(Training, IsPlannedWithoutWritingAnything) {
  const TrainPlan plan =
      plan_train(options_of(small_distillation(pictures()), folder_ / "run"), log_);
  EXPECT_FALSE(fs::exists(folder_ / "run"));
  EXPECT_EQ(plan.parameters, (3 * 4 * 9 + 4) + (4 * 4 * 9 + 4) + (4 * 8 + 8));
  EXPECT_EQ(plan.trained, plan.parameters);
  EXPECT_EQ(plan.training_pictures, 18);
  EXPECT_EQ(plan.held_out_pictures, 6);
  EXPECT_EQ(plan.steps, 12);
  EXPECT_GT(plan.seconds_a_step, 0);
}

}  // namespace
}  // namespace strata::train

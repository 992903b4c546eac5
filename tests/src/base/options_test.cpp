#include "base/options.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata {
namespace {

struct Sample {
  int64_t size = 512;
  double strength = 0.5;
  bool quiet = false;
  std::string init = "content";
  std::vector<std::string> layers = {"a"};
  std::optional<double> weight;

  void describe(OptionVisitor& v) {
    v.option({"size", "long side", "N", {1, 65535}}, size);
    v.option({"strength", "0 to 1", "S", {0, 1}}, strength);
    v.option({"quiet", "say nothing", ""}, quiet);
    v.option({"init", "start", "I", {}, {"content", "random"}}, init);
    v.option({"layers", "taps", "L"}, layers);
    v.option({"weight", "a weight", "W"}, weight);
  }
};

TEST(Options, AreReadFromAMapping) {
  Sample sample;
  const Config config =
      Config::from_text("size: 64\nlayers: [x, y]\nweight: 2\ninit: random\n", "t");
  OptionReader reader(config);
  sample.describe(reader);
  config.finish();
  EXPECT_EQ(sample.size, 64);
  EXPECT_EQ(sample.layers, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(sample.weight, 2.0);
  EXPECT_EQ(sample.init, "random");
  EXPECT_DOUBLE_EQ(sample.strength, 0.5);
}

TEST(Options, AreCheckedAgainstRangeAndChoices) {
  Sample sample;
  const Config high = Config::from_text("strength: 1.5\n", "t");
  const Config wrong = Config::from_text("init: randon\n", "t");
  EXPECT_TRUE(testing::throws<UsageError>(
      [&] {
        OptionReader reader(high);
        sample.describe(reader);
      },
      "strength: found '1.5'"));
  EXPECT_TRUE(testing::throws<UsageError>(
      [&] {
        OptionReader reader(wrong);
        sample.describe(reader);
      },
      "did you mean random?"));
}

TEST(Options, ReadBackWhatTheyRecord) {
  Sample sample;
  sample.size = 99;
  nlohmann::json json;
  OptionRecorder recorder(json);
  sample.describe(recorder);
  Sample again;
  const Config config = Config::from_text(json.dump(), "record");
  OptionReader reader(config);
  again.describe(reader);
  config.finish();
  EXPECT_EQ(again.size, 99);
  EXPECT_FALSE(again.weight.has_value());
  EXPECT_EQ(json["weight"], nullptr);
}

}  // namespace
}  // namespace strata

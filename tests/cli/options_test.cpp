#include "cli/options.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "testing/testing.hpp"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace strata::cli {
namespace {

using testing::TemporaryFolder;
using testing::throws;

struct Sample {
  int64_t size = 512;
  double strength = 0.5;
  bool no_metadata = false;
  std::vector<std::string> style_layers;
  std::string network = "vgg";

  void describe(OptionVisitor& v) {
    v.option({"size", "long side", "N", {1, 65535}}, size);
    v.option({"strength", "0 to 1", "S", {0, 1}}, strength);
    v.option({"no_metadata", "leave the settings out", ""}, no_metadata);
    v.option({"style_layers", "taps", "L,..."}, style_layers);
    v.option({"network", "card", "NAME"}, network);
  }
};

struct Parsed {
  Sample sample;
  Config overrides;
};

Parsed parse(std::vector<std::string> arguments) {
  Parsed parsed;
  CLI::App app;
  CommandOptions options(
      app, [&](OptionVisitor& v) { parsed.sample.describe(v); }, &parsed.overrides);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  options.resolve();
  return parsed;
}

TEST(CommandOptions, KeepDefaultsWhereNothingIsSaid) {
  const Parsed p = parse({});
  EXPECT_EQ(p.sample.size, 512);
  EXPECT_FALSE(p.sample.no_metadata);
}

TEST(CommandOptions, ReadFlagsOfEveryKind) {
  const Parsed p =
      parse({"--size", "64", "--no-metadata", "--style-layers", "a,b=0.5", "--strength=1"});
  EXPECT_EQ(p.sample.size, 64);
  EXPECT_TRUE(p.sample.no_metadata);
  EXPECT_EQ(p.sample.style_layers, (std::vector<std::string>{"a", "b=0.5"}));
  EXPECT_DOUBLE_EQ(p.sample.strength, 1.0);
}

TEST(CommandOptions, FlagsWinOverSettingsAndSettingsOverTheFile) {
  const TemporaryFolder folder;
  write_file(folder / "c.yaml", "size: 1\nstrength: 0.1\nstyle_layers: [x]\n");
  const Parsed p = parse({"--config", (folder / "c.yaml").string(), "--set", "size=2", "--set",
                          "strength=0.2", "--size", "3"});
  EXPECT_EQ(p.sample.size, 3);
  EXPECT_DOUBLE_EQ(p.sample.strength, 0.2);
  EXPECT_EQ(p.sample.style_layers, std::vector<std::string>{"x"});
}

TEST(CommandOptions, CollectOverridesOfTheCard) {
  const TemporaryFolder folder;
  write_file(folder / "c.yaml", "network: {card: squeezenet, input: {size: 96}}\n");
  const Parsed p =
      parse({"--config", (folder / "c.yaml").string(), "--set", "network.input.mean=[1, 2, 3]"});
  EXPECT_EQ(p.sample.network, "squeezenet");
  EXPECT_EQ(p.overrides.child("input").get_int("size", 0), 96);
  EXPECT_EQ(p.overrides.child("input").get_numbers("mean", {}), (std::vector<double>{1, 2, 3}));
}

TEST(CommandOptions, NameTheKeyTheValueAndTheRange) {
  EXPECT_TRUE(throws<UsageError>(
      [] {
        parse({"--size", "0"});
      },
      "size: found '0', expected a whole number from 1 to 65535"));
  EXPECT_TRUE(throws<UsageError>([] { parse({"--strength", "much"}); }, "'much'"));
  EXPECT_TRUE(throws<UsageError>([] { parse({"--strength", "nan"}); }, "'nan'"));
  EXPECT_TRUE(throws<UsageError>([] { parse({"--set", "szie=3"}); }, "did you mean size?"));
  EXPECT_TRUE(throws<UsageError>([] { parse({"--set", "size"}); }, "expected KEY=VALUE"));
}

}  // namespace
}  // namespace strata::cli

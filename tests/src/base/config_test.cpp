#include "base/config.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata {
namespace {

using testing::throws;

Config text(const std::string& yaml) { return Config::from_text(yaml, "t.yaml"); }

TEST(Config, ReadsEveryType) {
  const Config c = text("i: 7\nd: 1e-3\nb: true\ns: hello\nl: [a, b]\nn: [1, 2.5]\nv: '19'\n");
  EXPECT_EQ(c.get_int("i", 0), 7);
  EXPECT_DOUBLE_EQ(c.get_number("d", 0), 1e-3);
  EXPECT_TRUE(c.get_bool("b", false));
  EXPECT_EQ(c.get_string("s", ""), "hello");
  EXPECT_EQ(c.get_strings("l", {}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(c.get_numbers("n", {}), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(c.get_string("v", ""), "19");
  c.finish();
}

TEST(Config, KeepsTheFallbackWhereAKeyIsAbsentOrEmpty) {
  const Config c = text("empty:\n");
  EXPECT_EQ(c.get_int("empty", 3), 3);
  EXPECT_EQ(c.get_int("absent", 4), 4);
}

TEST(Config, RefusesAnUnknownKeyWithTheNearest) {
  const Config c = text("szie: 3\n");
  (void)c.get_int("size", 1);
  EXPECT_TRUE(
      throws<UsageError>([&] { c.finish(); }, "t.yaml: szie: unknown key (did you mean size?)"));
}

TEST(Config, RefusesAnUnknownKeyInAChildWithItsPath) {
  const Config c = text("probe: {lambads: 3}\n");
  const Config probe = c.child("probe");
  (void)probe.has("lambdas");
  EXPECT_TRUE(throws<UsageError>([&] { c.finish(); }, "probe.lambads"));
}

TEST(Config, RefusesAMappingThatNobodyReads) {
  const Config c = text("a: {b: 1}\n");
  EXPECT_TRUE(throws<UsageError>([&] { c.finish(); }, "a: unknown key"));
}

TEST(Config, NamesValueAndRange) {
  const Config c = text("size: 70000\nname: 3.5\nx: .nan\nq: \"5\"\n");
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        (void)c.get_int("size", 1, {1, 65535});
      },
      "size: found '70000', expected a whole number from 1 to 65535"));
  EXPECT_TRUE(throws<UsageError>([&] { (void)c.get_int("name", 1); }, "'3.5'"));
  EXPECT_TRUE(throws<UsageError>([&] { (void)c.get_number("x", 1); }, "'.nan'"));
  EXPECT_TRUE(throws<UsageError>([&] { (void)c.get_int("q", 1); }, "'5'"));
}

TEST(Config, ListsTheChoices) {
  const Config c = text("fit: cropp\n");
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        (void)c.get_choice("fit", "crop", {"crop", "pad"});
      },
      "expected one of crop, pad (did you mean crop?)"));
}

TEST(Config, RefusesWhatIsNotAMapping) {
  EXPECT_TRUE(throws<UsageError>([] { text("- a\n- b\n"); }, "t.yaml"));
  EXPECT_TRUE(throws<UsageError>([] { text("a: [1, 2\n"); }, "not YAML"));
  EXPECT_TRUE(throws<UsageError>([] { text("a: 1\na: 2\n"); }, "a is given twice"));
}

TEST(Config, RefusesAnAliasBombWithoutExpandingIt) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string p = fmt::format("*a{}", i - 1);
    yaml += fmt::format("a{0}: &a{0} [{1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}]\n", i, p);
  }
  EXPECT_TRUE(throws<UsageError>([&] { text(yaml); }, "too large"));
}

TEST(Config, RefusesDeepNesting) {
  const std::string yaml = "a: " + std::string(200, '[') + std::string(200, ']');
  EXPECT_TRUE(throws<UsageError>([&] { text(yaml); }, "t.yaml"));
}

TEST(Config, SetsDottedKeys) {
  Config c = text("input: {size: 224, mean: [0, 0, 0]}\n");
  c.set("input.mean", "[1, 2, 3]");
  c.set("weights.file", "x.pth");
  EXPECT_EQ(c.child("input").get_numbers("mean", {}), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(c.child("input").get_int("size", 0), 224);
  EXPECT_EQ(c.child("weights").get_string("file", ""), "x.pth");
  EXPECT_TRUE(throws<UsageError>([&] { c.set("input.size.x", "1"); }, "size is '224'"));
}

TEST(Config, MergesMappingsAndLetsTheOtherWin) {
  Config a = text("x: 1\nm: {p: 1, q: 2}\n");
  a.merge(text("x: 2\nm: {q: 3}\n"));
  EXPECT_EQ(a.to_json(), nlohmann::json::parse(R"({"x": 2, "m": {"p": 1, "q": 3}})"));
}

TEST(Config, ReadsAListOfMappingsAndScalars) {
  const Config c = text("networks: [vgg, {card: alexnet, seed: 2}]\n");
  const auto networks = c.children("networks", "card");
  ASSERT_EQ(networks.size(), 2U);
  EXPECT_EQ(networks[0].get_string("card", ""), "vgg");
  EXPECT_EQ(networks[1].get_string("card", ""), "alexnet");
  EXPECT_TRUE(throws<UsageError>([&] { c.finish(); }, "networks[1].seed"));
}

TEST(Config, RoundTripsThroughYaml) {
  const Config c = text("a: {b: [1, 2.5, x]}\nc: true\n");
  EXPECT_EQ(text(c.to_yaml()).to_json(), c.to_json());
}

TEST(Config, ShowsJsonAsYamlForPeople) {
  const auto values = nlohmann::json::parse(R"({"a": {"b": [1, 2.5, "x"]}, "c": true, "d": {},
                                                "e": [{"f": 1}, {"f": null}]})");
  const std::string yaml = Config::from_json(values).to_yaml();
  EXPECT_EQ(yaml, "a:\n  b: [1, 2.5, x]\nc: true\nd: {}\ne:\n  - f: 1\n  - f: ~\n");
  EXPECT_EQ(text(yaml).to_json(), values);
}

}  // namespace
}  // namespace strata

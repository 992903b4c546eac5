#include "weights/names.hpp"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

StateDict dict_of(const std::vector<std::string>& names) {
  StateDict dict;
  for (size_t i = 0; i < names.size(); ++i) {
    dict.tensors[names[i]] = at::full({1}, static_cast<double>(i));
  }
  return dict;
}

std::vector<std::string> names_of(const StateDict& dict) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : dict.tensors) names.push_back(name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Names, TakesOffAPrefixThatAllCarryAndSaysSo) {
  StateDict dict = dict_of({"module.a", "module.b"});
  dict.refused["module.c"] = "why";
  strip_common_prefixes(dict);
  EXPECT_EQ(names_of(dict), (Names{"a", "b"}));
  EXPECT_EQ(dict.tensors["b"].item<double>(), 1.0);
  EXPECT_EQ(dict.refused.count("c"), 1U);
  EXPECT_EQ(dict.notes, Names{"prefix module."});
}

TEST(Names, TakesOffWrappersInAnyOrderAgainAndAgain) {
  StateDict dict = dict_of({"model._orig_mod.module.module.backbone.a"});
  strip_common_prefixes(dict);
  EXPECT_EQ(names_of(dict), Names{"a"});
  EXPECT_EQ(dict.notes.size(), 5U);
}

TEST(Names, KeepsAPrefixThatNotAllCarry) {
  for (StateDict dict : {dict_of({"module.a", "b"}), dict_of({"features.0", "features.1"}),
                         dict_of({"module.", "module.a"}), dict_of({"modules.a"})}) {
    const Names before = names_of(dict);
    strip_common_prefixes(dict);
    EXPECT_EQ(names_of(dict), before);
    EXPECT_TRUE(dict.notes.empty());
  }
  StateDict refused = dict_of({"module.a"});
  refused.refused["b"] = "why";
  strip_common_prefixes(refused);
  EXPECT_EQ(names_of(refused), Names{"module.a"});
}

TEST(Names, LeavesOutTheCounterOfAnAveragedModel) {
  StateDict dict = dict_of({"n_averaged", "module.a"});
  strip_common_prefixes(dict);
  EXPECT_EQ(names_of(dict), Names{"a"});
  StateDict alone = dict_of({"n_averaged", "a"});
  strip_common_prefixes(alone);
  EXPECT_EQ(names_of(alone), (Names{"a", "n_averaged"}));
}

TEST(Names, KeepsWhatLiesUnderAKey) {
  StateDict dict = dict_of({"encoder.a", "encoder.b", "encoders.c", "encoder"});
  EXPECT_FALSE(keep_prefix(dict, "decoder"));
  EXPECT_EQ(dict.tensors.size(), 4U);
  EXPECT_TRUE(keep_prefix(dict, "encoder"));
  EXPECT_EQ(names_of(dict), (Names{"a", "b"}));
}

TEST(Names, ListsFirstParts) {
  EXPECT_EQ(first_parts(dict_of({"b.1", "a.0", "a.1", "c"})), "a, b, c");
}

}  // namespace
}  // namespace strata::weights

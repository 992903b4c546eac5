#include "nn/model_paths.hpp"

#include "testing/testing.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <gmock/gmock.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Not;

/// Sets an environment variable for a scope; nothing removes it.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Environment() { set(before_ ? before_->c_str() : nullptr); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const char* value) const {
    value == nullptr ? unsetenv(name_) : setenv(name_, value, 1);
  }
  const char* name_;
  std::optional<std::string> before_;
};

TEST(ModelPaths, WhatTheEnvironmentNamesComesFirst) {
  const Environment configs("STRATA_CONFIGS", "/one:/two"), weights("STRATA_WEIGHTS", ":/three:");
  const ModelPaths paths = ModelPaths::standard();
  ASSERT_GE(paths.cards.size(), 2U);
  EXPECT_EQ(paths.cards[0], fs::path("/one/networks"));
  EXPECT_EQ(paths.cards[1], fs::path("/two/networks"));
  EXPECT_EQ(paths.weights.front(), fs::path("/three"));
}

TEST(ModelPaths, TheSourceTreesCardsAreFound) {
  const Environment configs("STRATA_CONFIGS", nullptr);
  EXPECT_THAT(ModelPaths::standard().cards,
              Contains(fs::path(STRATA_SOURCE_DIR) / "configs" / "networks"));
}

TEST(ModelPaths, TheSourceTreesOwnWeightsAreFound) {
  EXPECT_THAT(ModelPaths::standard().weights,
              Contains(fs::path(STRATA_SOURCE_DIR) / "assets" / "weights"));
}

TEST(ModelPaths, TheUsersCacheComesLast) {
  const Environment home("HOME", "/home/someone");
  {
    const Environment cache("XDG_CACHE_HOME", "/cache");
    EXPECT_EQ(ModelPaths::standard().weights.back(), fs::path("/cache/strata/weights"));
  }
  const Environment cache("XDG_CACHE_HOME", nullptr);
  EXPECT_EQ(ModelPaths::standard().weights.back(), fs::path("/home/someone/.cache/strata/weights"));
  const Environment homeless("HOME", nullptr);
  EXPECT_THAT(ModelPaths::standard().weights, Not(Contains(fs::path(".cache/strata/weights"))));
}

}  // namespace
}  // namespace strata::nn

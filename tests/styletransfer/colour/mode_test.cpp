#include "styletransfer/colour/mode.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::styletransfer {
namespace {

TEST(ColourMode, IsFoundByEachOfItsNames) {
  for (const std::string& name : colour_mode_names()) {
    EXPECT_EQ(colour_mode_name(colour_mode_from(name)), name);
  }
  EXPECT_FALSE(changes_style(ColourMode::luminance));
  EXPECT_TRUE(changes_style(ColourMode::histogram));
}

TEST(ColourMode, OfAnotherNameIsRefusedWithTheNearest) {
  EXPECT_TRUE(strata::testing::throws<UsageError>([] { colour_mode_from("luminence"); },
                                                  "did you mean luminance"));
}

}  // namespace
}  // namespace strata::styletransfer

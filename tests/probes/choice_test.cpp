#include "probes/choice.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using strata::testing::throws;

TEST(ExtractionChoice, IsReadFromKeys) {
  const Config config = Config::from_text("{fit: pad, size: 96, batch: 4}", "test");
  OptionReader reader(config);
  ExtractionChoice choice;
  choice.describe(reader);
  EXPECT_NO_THROW(config.finish());
  EXPECT_EQ(choice.fit, "pad");
  EXPECT_EQ(choice.size, 96);
  EXPECT_EQ(choice.batch, 4);
}

TEST(ExtractionChoice, RefusesWhatPicturesCannotBe) {
  for (const char* text :
       {"fit: none", "size: 0", "batch: 0", "precision: float16", "max_bad: 2"}) {
    const Config config = Config::from_text(text, "test");
    OptionReader reader(config);
    ExtractionChoice choice;
    EXPECT_TRUE(throws<UsageError>([&] { choice.describe(reader); }, "test: ")) << text;
  }
}

TEST(NetworkChoice, HasADefaultNetwork) { EXPECT_EQ(NetworkChoice().request.network, "embedded"); }

}  // namespace
}  // namespace strata::probes

#include "cli/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(DoctorCommand, NamesVersionsDevicesAndNetworks) {
  const Outcome outcome = strata({"doctor", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json found = json::parse(outcome.out);
  for (const char* key : {"strata", "libtorch", "opencv", "processor", "instructions", "processors",
                          "cuda_build", "gpus", "networks"}) {
    EXPECT_TRUE(found.contains(key)) << key;
  }
  EXPECT_GE(found["processors"].get<int>(), 1);
}

TEST(DoctorCommand, PrintsATableForPeople) {
  const Outcome outcome = strata({"doctor"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* word : {"LibTorch", "processor", "CUDA build", "weights"}) {
    EXPECT_THAT(outcome.out, HasSubstr(word));
  }
}

}  // namespace
}  // namespace strata::testing

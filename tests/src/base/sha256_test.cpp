#include "base/sha256.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "testing/testing.hpp"

#include <string>

#include <gtest/gtest.h>

namespace strata {
namespace {

// Test vectors of FIPS 180-4.
TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(sha256_hex(std::string_view("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string_view("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, HashesAFileInPiecesAsInOne) {
  const testing::TemporaryFolder folder;
  const std::string text(200001, 'q');
  write_file(folder / "f", text);
  EXPECT_EQ(sha256_of_file(folder / "f"), sha256_hex(text));
  EXPECT_TRUE(testing::throws<InputError>([&] { sha256_of_file(folder / "g"); }, "g"));
}

}  // namespace
}  // namespace strata

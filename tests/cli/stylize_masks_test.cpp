#include "cli/fixtures.hpp"
#include "cli/program.hpp"
#include "image/picture.hpp"
#include "styletransfer/masks/pictures.hpp"
#include "testing/testing.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::testing {
namespace {

using ::testing::HasSubstr;

TEST(StylizeMasksCommand, TakesMasksAndAProtectMapAndRefusesWrongOnes) {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  write_picture(folder / "content.png", 48, 40, 1);
  write_picture(folder / "style.png", 40, 40, 2);
  write_right_side(folder / "right.png", 48, 40, 20);
  write_right_side(folder / "style_right.png", 40, 40, 20);
  const auto stylize = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {"stylize",
                                    path("content.png"),
                                    path("style.png"),
                                    "-o",
                                    path("out.png"),
                                    "--network",
                                    "vgg11",
                                    "--weights",
                                    "random",
                                    "--style-layers",
                                    "relu1_1",
                                    "--size",
                                    "32",
                                    "--threads",
                                    "1",
                                    "--iterations",
                                    "2",
                                    "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return strata(all);
  };
  const Outcome masked =
      stylize({"--content-mask", path("right.png"), "--style-mask", path("style_right.png"),
               "--mask-rule", "inside", "--protect", path("right.png")});
  ASSERT_EQ(masked.exit_code, 0) << masked.err;
  const auto report = nlohmann::json::parse(masked.out);
  for (const auto& term : report["terms"]) {
    if (term["loss"] == "style") {
      EXPECT_EQ(term["region"], path("right.png"));
    }
  }
  const auto settings = nlohmann::json::parse(image::decode(folder / "out.png").text.at("strata"));
  EXPECT_EQ(settings["options"]["protect"], path("right.png"));
  EXPECT_EQ(settings["options"]["mask_rule"], "inside");

  std::filesystem::remove(folder / "out.png");
  const Outcome other = stylize({"--content-mask", path("style_right.png")});
  EXPECT_EQ(other.exit_code, 3);
  EXPECT_THAT(other.err, HasSubstr("style_right.png: the mask is 40 x 40, and its picture"));
  const Outcome rule = stylize({"--mask-rule", "outside"});
  EXPECT_EQ(rule.exit_code, 2);
  EXPECT_THAT(rule.err, HasSubstr("inside"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.png"));
}

}  // namespace
}  // namespace strata::testing

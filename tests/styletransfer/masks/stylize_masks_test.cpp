#include "base/error.hpp"
#include "image/tensor.hpp"
#include "styletransfer/fixtures.hpp"
#include "styletransfer/masks/pictures.hpp"
#include "styletransfer/score.hpp"
#include "styletransfer/stylize.hpp"
#include "testing/testing.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

using strata::testing::throws;
using strata::testing::write_colours;
using strata::testing::write_right_side;

constexpr int kWidth = 64;
constexpr int kHeight = 48;

// Runs at the content's own size, so that pictures can be compared with it pixel by pixel.
class StylizeWithMasks : public ::testing::Test {
 protected:
  StylizeWithMasks() {
    options_.content = strata::testing::write_picture(path("content.png"), kWidth, kHeight, 1);
    options_.styles = {strata::testing::write_picture(path("style.png"), 56, 56, 2)};
    options_.output = path("out.png");
    options_.objective.network = strata::testing::write_narrow_card(folder_.path());
    options_.objective.weights = "random:5";
    options_.objective.threads = 1;
    options_.objective.strength = 0.9;
    options_.size = kWidth;
    options_.iterations = 8;
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  StylizeReport run() { return run_stylize(options_, log_, stop_); }

  // Absolute change against the content, a mean per column.
  at::Tensor change() {
    run();
    const at::Tensor content = image::rgb_nchw_01(image::decode(options_.content));
    const at::Tensor result = image::rgb_nchw_01(image::decode(options_.output));
    return (result - content).abs().mean(at::IntArrayRef{0, 1, 2});
  }

  strata::testing::TemporaryFolder folder_;
  StylizeOptions options_;
  Log log_{Log::Level::quiet};
  StopSignal stop_;
};

TEST_F(StylizeWithMasks, ChangesTheMaskedPart) {
  options_.objective.content_mask = {write_right_side(path("mask.png"), kWidth, kHeight, 24)};
  options_.objective.mask_rule = "simple";
  const at::Tensor change = this->change();
  EXPECT_GT(change.narrow(0, 24, 40).mean().item<float>(),
            3.0F * change.narrow(0, 0, 16).mean().item<float>());
}

TEST_F(StylizeWithMasks, NamesTheRegionOfEachTermAndScoresTheSame) {
  const auto labels = [&](const char* name, int width, int height) {
    return write_colours(path(name), width, height,
                         [=](int x, int) { return 2 * x < width ? 0xff0000U : 0x0000ffU; });
  };
  options_.objective.content_mask = {labels("c.png", kWidth, kHeight)};
  options_.objective.style_mask = {labels("s.png", 56, 56)};
  const StylizeReport report = run();
  size_t red = 0;
  for (const TermValue& term : report.result.terms) red += term.region == "#ff0000" ? 1 : 0;
  EXPECT_EQ(red, 3U);
  ScoreOptions score;
  score.picture = options_.output.string();
  score.content = options_.content;
  score.styles = options_.styles;
  score.objective = options_.objective;
  EXPECT_NEAR(run_score(score, log_).value.loss, report.result.loss, 1e-6 * report.result.loss);
  const auto settings = nlohmann::json::parse(image::decode(options_.output).text.at("strata"));
  EXPECT_EQ(settings["options"]["style_mask"][0], options_.objective.style_mask[0]);
}

TEST_F(StylizeWithMasks, HoldsWhatIsProtectedToTheLastBitFromAnyStart) {
  options_.protect = write_right_side(path("protect.png"), kWidth, kHeight, 40);
  options_.init = "style-stats";
  const at::Tensor change = this->change();
  EXPECT_EQ(change.narrow(0, 40, 24).max().item<float>(), 0.0F);
  EXPECT_GT(change.narrow(0, 0, 40).min().item<float>(), 0.0F);
}

TEST_F(StylizeWithMasks, KeepsHalfOfTheContentWhereHalfIsProtected) {
  options_.protect =
      write_colours(path("protect.png"), kWidth, kHeight, [](int, int) { return 0x808080U; });
  options_.init = "style-stats";
  run();
  const at::Tensor content = image::rgb_nchw_01(image::decode(options_.content));
  const at::Tensor result = image::rgb_nchw_01(image::decode(options_.output));
  EXPECT_LE((result - content).abs().max().item<float>(), 0.502F);
}

// The step across a border against the steps elsewhere.
TEST_F(StylizeWithMasks, LeavesNoBorderWithASoftMask) {
  constexpr int kMiddle = 32;
  options_.objective.content_mask = {
      write_colours(path("soft.png"), kWidth, kHeight, [](int x, int) {
        const int grey = std::clamp((x - kMiddle + 12) * 255 / 24, 0, 255);
        return static_cast<uint32_t>(grey * 0x010101);
      })};
  options_.iterations = 20;
  run();
  const at::Tensor change = image::rgb_nchw_01(image::decode(options_.output)) -
                            image::rgb_nchw_01(image::decode(options_.content));
  const at::Tensor steps = change.diff(1, 3).abs().mean(at::IntArrayRef{0, 1, 2});
  const double border = steps.narrow(0, kMiddle - 2, 4).mean().item<double>();
  const double styled = steps.narrow(0, 46, 16).mean().item<double>();
  ASSERT_GT(styled, 0.0);
  EXPECT_LT(border, 1.25 * styled);
  RecordProperty("seam", std::to_string(border / styled));
}

TEST_F(StylizeWithMasks, LeavesTransparentPartsToTheContent) {
  write_colours(
      path("content.png"), kWidth, kHeight,
      [](int x, int y) {
        const uint32_t grey = static_cast<uint32_t>(x * 3 + y) * 0x010101U;
        return (x < 16 ? 0U : 0xff000000U) | grey;
      },
      true);
  options_.objective.mask_rule = "inside";
  const at::Tensor change = this->change();
  // Nothing but total variation sees them.
  EXPECT_LT(change.narrow(0, 0, 12).mean().item<float>(),
            0.2F * change.narrow(0, 20, 40).mean().item<float>());
}

TEST_F(StylizeWithMasks, RefusesMasksThatCannotBeUsedBeforeItStarts) {
  options_.objective.content_mask = {write_right_side(path("small.png"), kWidth - 1, kHeight, 9)};
  EXPECT_TRUE(throws<InputError>([&] { run(); }, "63 x 48"));
  options_.objective.content_mask = {write_right_side(path("thin.png"), kWidth, kHeight, 62)};
  EXPECT_TRUE(throws<InputError>([&] { run(); }, "thin.png: nothing of it is left at layer"));
  options_.objective.content_mask = {path("missing.png")};
  EXPECT_TRUE(throws<InputError>([&] { run(); }, "missing.png"));
  options_.objective.content_mask.clear();
  options_.protect = write_right_side(path("small.png"), kWidth - 1, kHeight, 9);
  EXPECT_TRUE(throws<InputError>([&] { run(); }, "small.png: the mask is 63 x 48"));
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

}  // namespace
}  // namespace strata::styletransfer

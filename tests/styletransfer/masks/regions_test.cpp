#include "styletransfer/masks/regions.hpp"

#include "base/error.hpp"
#include "nn/op_table.hpp"
#include "styletransfer/fixtures.hpp"
#include "styletransfer/masks/pictures.hpp"
#include "styletransfer/recipe.hpp"
#include "styletransfer/setting.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::central_differences;
using strata::testing::small_backbone;
using strata::testing::some_picture;
using strata::testing::tensors_close;
using strata::testing::throws;
using strata::testing::write_colours;
using strata::testing::write_right_side;

constexpr int64_t kHeight = 32;
constexpr int64_t kWidth = 36;

at::Tensor right_side(int64_t edge) {
  at::Tensor mask = at::zeros({1, 1, kHeight, kWidth});
  mask.narrow(3, edge, kWidth - edge).fill_(1.0);
  return mask;
}

// Only the style terms, without strength and total variation.
Recipe style_recipe() {
  Recipe recipe;
  recipe.preset = strata::testing::preset_for_small_network("gatys");
  recipe.style = recipe.preset.style.layers;
  return recipe;
}

Masks masks_of(MaskRule rule, std::vector<Region> regions) {
  return {.rule = rule, .content = {}, .regions = std::move(regions)};
}

at::Tensor gradient(const Recipe& recipe, const Masks& masks, const at::Tensor& picture) {
  return build_objective(small_backbone(), recipe, some_picture(kHeight, kWidth, 1),
                         {{some_picture(24, 24, 2), 1.0}}, masks)
      ->evaluate(picture)
      .gradient;
}

TEST(Regions, HaveNoGradientBeyondTheReceptiveFieldsOfTheirPositions) {
  const at::Tensor picture = some_picture(kHeight, kWidth, 3);
  constexpr int64_t kEdge = 16;
  const auto columns = [&](MaskRule rule) {
    const at::Tensor g = gradient(
        style_recipe(), masks_of(rule, {{"right", right_side(kEdge), {{0, {}}}}}), picture);
    return g.abs().amax({0, 1, 2});
  };
  // Inside: nothing outside the region itself.
  const at::Tensor inside = columns(MaskRule::inside);
  EXPECT_EQ(inside.narrow(0, 0, kEdge).max().item<double>(), 0.0);
  EXPECT_GT(inside.narrow(0, kEdge, kWidth - kEdge).min().item<double>(), 0.0);
  // Simple and all reach as far as the deepest layer's receptive field, and no further.
  const nn::Graph graph = strata::testing::small_network().graph;
  const auto field = nn::receptive_fields(graph)[graph.find("relu3_1")];
  const int64_t first = kEdge / field.stride;  // of relu3_1's positions in the region
  const int64_t simple = first * field.stride + field.offset;
  ASSERT_GT(simple, 0);
  EXPECT_EQ(columns(MaskRule::simple).narrow(0, 0, simple).max().item<double>(), 0.0);
  EXPECT_GT(columns(MaskRule::simple).narrow(0, simple, kEdge - simple).max().item<double>(), 0.0);
  EXPECT_GT(columns(MaskRule::all).narrow(0, 0, kEdge).max().item<double>(), 0.0);
}

TEST(Regions, OnADeepNetworkInFloatHaveNoGradientOutside) {
  const strata::testing::TemporaryFolder folder;
  Log log(Log::Level::quiet);
  ObjectiveOptions options;
  options.network = strata::testing::write_narrow_card(folder.path());
  options.weights = "random:3";
  options.threads = 1;
  Setting setting = resolve(options, log);
  setting.recipe.content.clear();
  setting.recipe.strength.reset();
  setting.recipe.preset.total_variation.weight = 0.0;
  at::Tensor mask = at::zeros({1, 1, 64, 64});
  mask.narrow(2, 0, 40).narrow(3, 0, 40).fill_(1.0);
  const auto objective =
      build_objective(setting.backbone, setting.recipe, some_picture(64, 64, 1).to(at::kFloat),
                      {{some_picture(64, 64, 2).to(at::kFloat), 1.0}},
                      masks_of(MaskRule::inside, {{"corner", mask, {{0, {}}}}}));
  const at::Tensor g = objective->evaluate(some_picture(64, 64, 3).to(at::kFloat)).gradient;
  EXPECT_EQ((g * (1.0 - mask)).abs().max().item<float>(), 0.0F);
  EXPECT_GT((g * mask).abs().max().item<float>(), 0.0F);
}

TEST(Regions, HaveTheGradientOfTheirValue) {
  Recipe recipe = style_recipe();
  recipe.content = {{"relu2_1", 1.0}};
  recipe.strength = 0.6;
  at::Tensor soft = at::linspace(0.0, 1.0, 10).view({1, 1, 1, 10}).expand({1, 1, 8, 10});
  at::Tensor opaque = at::ones({1, 1, 8, 10});
  opaque.narrow(3, 0, 2).zero_();
  Masks masks = masks_of(MaskRule::all, {{"soft", soft * opaque, {{0, {}}}},
                                         {"rest", (1.0 - soft) * opaque, {{0, {}}}}});
  masks.content = opaque;
  const auto objective = build_objective(small_backbone(), recipe, some_picture(8, 10, 1),
                                         {{some_picture(9, 9, 2), 1.0}}, masks);
  const at::Tensor picture = some_picture(8, 10, 3);
  const auto value = [&](const at::Tensor& x) { return objective->value(x).loss; };
  EXPECT_TRUE(tensors_close(objective->evaluate(picture).gradient,
                            central_differences(value, picture), 1e-5));
}

TEST(Regions, ThatAreEverywhereAreNoMasks) {
  Recipe recipe = style_recipe();
  recipe.content = {{"relu2_1", 1.0}};
  recipe.strength = 0.5;
  const at::Tensor picture = some_picture(kHeight, kWidth, 3);
  Masks masks =
      masks_of(MaskRule::inside,
               {{"all", at::ones({1, 1, kHeight, kWidth}), {{0, at::ones({1, 1, 24, 24})}}}});
  masks.content = at::ones({1, 1, kHeight, kWidth});
  EXPECT_TRUE(
      tensors_close(gradient(recipe, masks, picture), gradient(recipe, {}, picture), 1e-12));
}

TEST(Regions, TakeTheirTargetFromTheirPartOfTheStyle) {
  // The style's right half alone, or masked out of the whole: equal but for the border.
  Recipe recipe = style_recipe();
  recipe.style = {{"relu1_1", 1.0}};
  at::Tensor style_mask = at::zeros({1, 1, 24, 24});
  style_mask.narrow(3, 12, 12).fill_(1.0);
  const at::Tensor style = some_picture(24, 24, 2);
  const at::Tensor content = some_picture(kHeight, kWidth, 1);
  const at::Tensor picture = some_picture(kHeight, kWidth, 3);
  const Masks masks = masks_of(MaskRule::simple, {{"m", {}, {{0, style_mask}}}});
  at::Tensor other = style.clone();
  other.narrow(3, 0, 10).fill_(0.5);  // beyond the receptive field of the mask's positions
  const auto value = [&](const at::Tensor& s) {
    return build_objective(small_backbone(), recipe, content, {{s, 1.0}}, masks)
        ->value(picture)
        .loss;
  };
  EXPECT_DOUBLE_EQ(value(style), value(other));
}

TEST(Regions, TooSmallForALayerAreRefusedByNameOrLeftOut) {
  at::Tensor small = at::zeros({1, 1, kHeight, kWidth});
  small.narrow(2, 10, 6).narrow(3, 10, 6).fill_(1.0);
  const Recipe recipe = style_recipe();
  Masks masks = masks_of(MaskRule::inside, {{"sky.png", small, {{0, {}}}}});
  const auto check = [&] { check_masks(*small_backbone(), recipe, masks); };
  EXPECT_TRUE(throws<InputError>(check, "region sky.png"));
  EXPECT_TRUE(throws<InputError>(check, "layer relu2_1"));
  masks.may_leave_out = true;
  check();
  const auto objective = build_objective(small_backbone(), recipe, some_picture(kHeight, kWidth, 1),
                                         {{some_picture(24, 24, 2), 1.0}}, masks);
  for (const TermValue& term : objective->value(some_picture(kHeight, kWidth, 3)).terms) {
    EXPECT_NE(term.tap, "relu3_1");
    EXPECT_EQ(term.region, "sky.png");
  }
  masks.may_leave_out = false;
  masks.rule = MaskRule::simple;
  check();
}

class LoadMasks : public ::testing::Test {
 protected:
  LoadMasks() {
    content_ = source("content.png", 20, 16);
    styles_ = {{source("a.png", 12, 12), 1.0}};
  }
  SourcePicture source(const std::string& name, int width, int height) const {
    const auto file = strata::testing::write_picture(folder_ / name, width, height, 1);
    return {file, image::decode(file)};
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  Masks load(std::vector<std::string> content, std::vector<std::string> style) const {
    return load_masks({std::move(content), std::move(style), "inside"}, content_, styles_);
  }
  std::string labels(const std::string& name, int width, int height, uint32_t a, uint32_t b) const {
    return write_colours(path(name), width, height,
                         [=](int x, int) { return 2 * x < width ? a : b; });
  }

  strata::testing::TemporaryFolder folder_;
  SourcePicture content_;
  std::vector<StylePicture> styles_;
};

TEST_F(LoadMasks, WithoutMasksAndTransparencyThereAreNone) {
  const Masks masks = load({}, {});
  EXPECT_TRUE(masks.regions.empty());
  EXPECT_FALSE(masks.content.defined());
}

TEST_F(LoadMasks, PairsLabelsByColour) {
  const Masks masks = load({labels("c.png", 20, 16, 0xff0000, 0x00ff00)},
                           {labels("s.png", 12, 12, 0x00ff00, 0xff0000)});
  ASSERT_EQ(masks.regions.size(), 2U);
  EXPECT_EQ(masks.regions[1].name, "#ff0000");
  EXPECT_EQ(masks.regions[1].mask[0][0][0][0].item<float>(), 1.0F);
  ASSERT_EQ(masks.regions[1].sources.size(), 1U);
  EXPECT_EQ(masks.regions[1].sources[0].mask[0][0][0][0].item<float>(), 0.0F);
  EXPECT_TRUE(throws<InputError>(
      [&] { load({path("c.png")}, {labels("s.png", 12, 12, 0x00ff00, 0x0000ff)}); },
      "region #ff0000 has no counterpart"));
  EXPECT_TRUE(throws<UsageError>([&] { load({path("c.png")}, {}); }, "label pictures"));
}

TEST_F(LoadMasks, GivesEachStyleItsMask) {
  styles_ = {{source("a.png", 12, 12), 0.5}, {source("b.png", 14, 12), 0.5}};
  const auto left =
      write_colours(path("left.png"), 20, 16, [](int x, int) { return x < 9 ? 0xffffffU : 0U; });
  const auto right = write_right_side(path("right.png"), 20, 16, 9);
  const Masks masks = load({left, right}, {});
  ASSERT_EQ(masks.regions.size(), 2U);
  EXPECT_EQ(masks.regions[0].name, left);
  EXPECT_EQ(masks.regions[1].sources.at(0).style, 1U);
  const Masks single = load({right}, {});
  EXPECT_EQ(single.regions.at(0).sources.size(), 2U);
  EXPECT_TRUE(throws<UsageError>([&] { load({left, right, right}, {}); }, "as many styles"));
  EXPECT_TRUE(
      throws<UsageError>([&] { load({right}, {write_right_side(path("s.png"), 12, 12, 4)}); },
                         "style_mask: 1 masks for 2 styles"));
}

TEST_F(LoadMasks, RefusesGreyAndColouredOnesTogether) {
  EXPECT_TRUE(throws<UsageError>(
      [&] {
        load({labels("c.png", 20, 16, 0xff0000, 0x00ff00)},
             {write_right_side(path("s.png"), 12, 12, 4)});
      },
      "s.png is grey"));
}

TEST_F(LoadMasks, TakesTransparencyForAMask) {
  content_.picture.alpha = cv::Mat(16, 20, CV_8UC1, cv::Scalar(255));
  content_.picture.alpha.colRange(0, 5).setTo(0);
  const Masks masks = load({}, {});
  EXPECT_EQ(masks.content.sum().item<float>(), 240.0F);
  ASSERT_EQ(masks.regions.size(), 1U);
  EXPECT_EQ(masks.regions[0].mask.sum().item<float>(), 240.0F);
  const auto right = write_right_side(path("right.png"), 20, 16, 10);
  EXPECT_EQ(load({right}, {}).regions.at(0).mask.sum().item<float>(), 160.0F);
  const auto left =
      write_colours(path("left.png"), 20, 16, [](int x, int) { return x < 5 ? 0xffffffU : 0U; });
  EXPECT_TRUE(throws<InputError>([&] { load({left}, {}); }, "transparent"));
}

TEST_F(LoadMasks, AreScaledWithTheirPictures) {
  const auto right = write_right_side(path("right.png"), 20, 16, 10);
  const auto style = write_right_side(path("s.png"), 12, 12, 4);
  const Masks masks = masks_at(load({right}, {style}), {8, 10}, {{6, 6}});
  EXPECT_EQ(masks.regions[0].mask.sizes(), (at::IntArrayRef{1, 1, 8, 10}));
  EXPECT_EQ(masks.regions[0].sources[0].mask.sizes(), (at::IntArrayRef{1, 1, 6, 6}));
}

}  // namespace
}  // namespace strata::styletransfer

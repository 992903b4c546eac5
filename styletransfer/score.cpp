#include "styletransfer/score.hpp"

#include "base/error.hpp"
#include "styletransfer/colour/recolour.hpp"

namespace strata::styletransfer {

void ScoreOptions::describe(OptionVisitor& v) {
  v.option({.key = "content", .help = "content picture", .value = "FILE"}, content);
  v.option({.key = "style",
            .help = "style picture or folder, several with weights: a.jpg:2,b.jpg:1",
            .value = "FILE[:W]"},
           styles);
  objective.describe(v);
}

nlohmann::json ScoreReport::to_json() const {
  nlohmann::json json = record;
  json.update(styletransfer::to_json(value));
  json["width"] = size.width;
  json["height"] = size.height;
  return json;
}

ScoreReport run_score(const ScoreOptions& options, Log& log) {
  if (options.content.empty()) throw UsageError("content: no content picture was given");
  const SourcePicture picture = load_picture(options.picture, "judged", log);
  const SourcePicture content = load_picture(options.content, "content", log);
  std::vector<StylePicture> styles = load_styles(options.styles, log);
  const Masks masks = load_masks(mask_files(options.objective), content, styles);
  const Setting setting = resolve(options.objective, log);
  recolour_styles(styles, content.picture, setting.colour);

  const Preset& preset = setting.recipe.preset;
  const Size size = picture.size();
  check_size(*setting.backbone, options.picture, size);
  const auto pixels = setting.backbone->picture_options();
  std::vector<WeightedPicture> targets;
  std::vector<Size> style_sizes;
  for (const StylePicture& style : styles) {
    const Size style_size = style_size_at(setting.style_size, style.source.size(), size.long_side(),
                                          size.long_side(), preset.sides);
    check_size(*setting.backbone, style.source.file, style_size);
    style_sizes.push_back(style_size);
    targets.push_back({sized(style.source, style_size, preset, pixels), style.share});
  }

  const Masks sized_masks = masks_at(masks, size, style_sizes);
  check_masks(*setting.backbone, setting.recipe, sized_masks);
  const auto objective = build_objective(
      setting.backbone, setting.recipe, sized(content, size, preset, pixels), targets, sized_masks);
  return {objective->value(sized(picture, size, preset, pixels)), size, setting.record()};
}

}  // namespace strata::styletransfer

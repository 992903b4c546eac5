#include "styletransfer/score.hpp"

#include "base/error.hpp"

namespace strata::styletransfer {

void ScoreOptions::describe(OptionVisitor& v) {
  v.option({.key = "content", .help = "content picture", .value = "FILE"}, content);
  v.option({.key = "style", .help = "style picture", .value = "FILE"}, style);
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
  if (options.style.empty()) throw UsageError("style: no style picture was given");
  const SourcePicture picture = load_picture(options.picture, "judged", log);
  const SourcePicture content = load_picture(options.content, "content", log);
  const SourcePicture style = load_picture(options.style, "style", log);
  const Setting setting = resolve(options.objective, log);

  const Preset& preset = setting.recipe.preset;
  const Size size = picture.size();
  const Size style_size = style_size_at(setting.style_size, style.size(), size.long_side(),
                                        size.long_side(), preset.sides);
  check_size(*setting.backbone, options.picture, size);
  check_size(*setting.backbone, options.style, style_size);

  const auto pixels = setting.backbone->picture_options();
  const auto objective =
      build_objective(setting.backbone, setting.recipe, sized(content, size, preset, pixels),
                      sized(style, style_size, preset, pixels));
  return {objective->value(sized(picture, size, preset, pixels)), size, setting.record()};
}

}  // namespace strata::styletransfer

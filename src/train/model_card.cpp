#include "train/model_card.hpp"

#include "base/config.hpp"
#include "base/text.hpp"
#include "base/version.hpp"

#include <cmath>

#include <fmt/format.h>

namespace strata::train {
namespace {

struct Figure {
  std::string name;
  double before = 0.0, after = 0.0;
};

/// First and last number of every figure of the evaluations.
std::vector<Figure> figures_of(const TrainingLog& log) {
  std::vector<Figure> figures;
  std::vector<std::string> names = {"score"};
  for (const std::string& name : log.figures()) names.push_back(name);
  for (const std::string& name : names) {
    Figure figure{.name = name};
    bool any = false;
    for (const double value : log.column(name)) {
      if (std::isnan(value)) continue;
      if (!any) figure.before = value;
      figure.after = value;
      any = true;
    }
    if (any) figures.push_back(figure);
  }
  return figures;
}

std::string shown(double value) { return fmt::format("{:.4g}", value); }

std::string yaml_block(const Recipe& recipe) {
  return "```yaml\n" + Config::from_json(recipe.to_json()).to_yaml() + "```\n";
}

}  // namespace

std::string model_card(const Recipe& recipe,
                       const Student& student,
                       const TrainingLog& log,
                       const RunRecord& record,
                       const ModelFiles& files) {
  const bool distils = recipe.objective.kind == ObjectiveChoice::Kind::distillation;
  std::string text = fmt::format("# {}\n\n{}\n\n", recipe.name, student.card.title);
  text += fmt::format(
      "* {} parameters, {} as {} in `{}` (SHA-256 `{}`)\n* use: `--network {}.yaml`\n"
      "* started from {}\n* trained by {}: strata {}, seed {}\n\n",
      files.parameters, human_bytes(files.bytes), recipe.output.dtype,
      files.weights.filename().string(), files.sha256, recipe.name, student.parameters.source,
      distils ? "feature distillation" : "classification", version(), recipe.seed);

  text += "## Data\n\n";
  text += fmt::format("{} pictures to train on, {} held out, from", record.training_pictures,
                      record.held_out_pictures);
  for (size_t i = 0; i < recipe.data.paths.size(); ++i) {
    text += fmt::format("{} `{}`", i > 0 ? "," : "", recipe.data.paths[i].filename().string());
  }
  text += ". ";
  text += recipe.data.held_out.empty()
              ? fmt::format("Held out are {:g} % of each class, drawn with the seed.\n",
                            100 * recipe.data.held_out_share)
              : fmt::format("Held out are the pictures that `{}` names.\n",
                            recipe.data.held_out.filename().string());
  for (const std::string& note : recipe.output.notes) text += "\n" + note + "\n";

  if (!record.teachers.empty()) {
    text += "\n## Teachers\n\n";
    for (const std::string& teacher : record.teachers) text += "* " + teacher + "\n";
  }

  text += "\n## Figures\n\nOn the held-out pictures";
  text +=
      fmt::format(" (centres of {} x {} pixels)", recipe.evaluation.size, recipe.evaluation.size);
  text += distils ? ": Pearson correlation with the teacher, median over its channels; silent "
                    "channels of the teacher are counted and left out.\n\n"
                  : ".\n\n";
  text += "| | before training | after |\n|---|---|---|\n";
  for (const Figure& figure : figures_of(log)) {
    text +=
        fmt::format("| {} | {} | {} |\n", figure.name, shown(figure.before), shown(figure.after));
  }

  text += fmt::format(
      "\n## Training\n\n{} of {} steps of {} pictures ({:.1f} passes over the data) in {} on {}, "
      "{} threads. `log.csv`, `loss.svg`, `score.svg` and `rate.svg` show its course.\n\n",
      record.steps, recipe.schedule.steps, recipe.batch,
      static_cast<double>(record.steps * recipe.batch) /
          static_cast<double>(record.training_pictures),
      human_seconds(record.seconds), record.device, record.threads);
  text += yaml_block(recipe);

  text += "\n## Licence\n\n";
  text += recipe.output.licence.empty() ? "The recipe names none.\n" : recipe.output.licence + "\n";
  for (const std::string& line : recipe.output.attribution) text += "\n" + line + "\n";
  return text;
}

}  // namespace strata::train

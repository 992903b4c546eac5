#include "train/model_files.hpp"

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/version.hpp"
#include "train/model_card.hpp"
#include "weights/state_dict.hpp"

#include <cmath>
#include <set>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::set<std::string> projection_names(const Student& student) {
  std::set<std::string> names;
  for (const nn::Projection& projection : student.card.architecture.projections) {
    names.insert(projection.name + ".weight");
    names.insert(projection.name + ".bias");
  }
  return names;
}

std::map<std::string, at::Tensor> stored(const Recipe& recipe,
                                         const Student& student,
                                         const std::map<std::string, at::Tensor>& parameters) {
  const auto projections = projection_names(student);
  const auto type = recipe.output.dtype == "float16" ? at::kHalf : at::kFloat;
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, tensor] : parameters) {
    if (recipe.output.projections == "dropped" && projections.contains(name)) continue;
    const bool buffer = name.ends_with(".running_mean") || name.ends_with(".running_var");
    tensors[name] = tensor.to(buffer ? at::kFloat : type);
  }
  return tensors;
}

/// Root mean square of the first convolution's weights, one a channel of the input: the card's
/// way to know its file.
std::vector<double> first_layer_rms(const Student& student,
                                    const std::map<std::string, at::Tensor>& tensors) {
  std::vector<double> values;
  for (const nn::Node& node : student.graph.nodes()) {
    if (!std::holds_alternative<nn::Conv2d>(node.op)) continue;
    const at::Tensor squares = tensors.at(node.name + ".weight").to(at::kDouble).square();
    for (int64_t c = 0; c < squares.size(1); ++c) {
      values.push_back(std::sqrt(squares.select(1, c).mean().item<double>()));
    }
    break;
  }
  return values.size() == 3 ? values : std::vector<double>{};
}

std::string rounded(double value) { return fmt::format("{:.5g}", value); }

std::string card_text(const Recipe& recipe,
                      const Student& student,
                      const std::map<std::string, at::Tensor>& tensors,
                      const ModelFiles& files,
                      const RunRecord& record) {
  Config card;
  card.merge(student.card_yaml);
  card.take("weights", "file");
  json entry = {{"file", files.weights.filename().string()}, {"sha256", files.sha256}};
  card.set("weights", entry.dump());
  const auto rms = first_layer_rms(student, tensors);
  if (!rms.empty()) {
    card.set("weights.first_layer_rms",
             fmt::format("[{}, {}, {}]", rounded(rms[0]), rounded(rms[1]), rounded(rms[2])));
  }
  card.set("family", json(recipe.name).dump());
  if (!recipe.output.licence.empty()) card.set("licence", json(recipe.output.licence).dump());
  if (recipe.output.projections == "dropped") card.set("architecture.projections", "[]");
  card.set("architecture.classes", std::to_string(student.card.architecture.classes));
  return fmt::format("# Written by strata {} train: {} steps, seed {}. {} says more.\n{}",
                     version(), record.steps, recipe.seed, files.model_card.filename().string(),
                     card.to_yaml());
}

}  // namespace

void write_log(const fs::path& folder, const Recipe& recipe, const TrainingLog& log) {
  write_file(folder / "log.csv", log.csv());
  for (const auto& [name, contents] : plots_of(log, recipe.name)) {
    write_file(folder / name, contents);
  }
}

ModelFiles write_model(const fs::path& folder,
                       const Recipe& recipe,
                       const Student& student,
                       const std::map<std::string, at::Tensor>& parameters,
                       const TrainingLog& log,
                       const RunRecord& record) {
  ModelFiles files;
  files.weights = folder / recipe.output.weights;
  files.card = folder / (recipe.name + ".yaml");
  files.model_card = folder / "MODEL_CARD.md";
  const auto tensors = stored(recipe, student, parameters);
  for (const auto& [name, tensor] : tensors) files.parameters += tensor.numel();
  weights::write_safetensors(files.weights, tensors,
                             {{"made_by", "strata " + version()},
                              {"network", recipe.name},
                              {"licence", recipe.output.licence},
                              {"steps", std::to_string(record.steps)},
                              {"run", record.run.to_json().dump()}});
  files.bytes = static_cast<double>(fs::file_size(files.weights));
  files.sha256 = sha256_of_file(files.weights);
  write_file(files.card, card_text(recipe, student, tensors, files, record));
  write_log(folder, recipe, log);
  write_file(files.model_card, model_card(recipe, student, log, record, files));
  return files;
}

}  // namespace strata::train

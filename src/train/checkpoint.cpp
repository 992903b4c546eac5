#include "train/checkpoint.hpp"

#include "base/error.hpp"
#include "base/version.hpp"
#include "nn/parameters.hpp"
#include "train/recipe.hpp"
#include "weights/state_dict.hpp"

#include <map>
#include <stdexcept>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::train {
using nlohmann::json;

namespace {

constexpr const char* kFormat = "strata training checkpoint 1";
constexpr const char* kTrainer = "trainer:";
constexpr const char* kLog = "log:";

const std::string& entry(const weights::StateDict& file, const std::string& key) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) throw InputError(file.file, "no checkpoint: lacks " + key);
  return found->second;
}

void check_run(const weights::StateDict& file, const RunIdentity& run) {
  if (entry(file, "format") != kFormat) {
    throw InputError(file.file, fmt::format("a checkpoint of another version: {}, expected {}",
                                            entry(file, "format"), kFormat));
  }
  const json there = json::parse(entry(file, "run"), nullptr, /*allow_exceptions=*/false);
  const json recipe = there.is_object() && there.contains("recipe") ? there["recipe"] : json();
  std::string difference = first_difference(run.recipe, recipe, "");
  if (difference.empty()) difference = first_difference(run.to_json(), there);
  if (difference.empty()) return;
  throw UsageError(fmt::format(
      "{}: belongs to another run ({}); name another folder, or take the recipe it began with",
      file.file.string(), difference));
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::exception& error) {
  throw InputError(file, fmt::format("no checkpoint that can be used: {}", error.what()));
}

}  // namespace

json RunIdentity::to_json() const {
  return {{"recipe", recipe}, {"pictures", fingerprint}, {"start", start}, {"teachers", teachers}};
}

void write_checkpoint(const std::filesystem::path& file,
                      const RunIdentity& run,
                      const Trainer& trainer,
                      const TrainingLog& log,
                      const RunSoFar& so_far) {
  std::map<std::string, at::Tensor> tensors;
  for (auto& [name, tensor] : trainer.state()) {
    if (tensor.is_floating_point() && !nn::all_finite(tensor)) {
      throw NumericalError(fmt::format("{} is not finite after step {}", name, trainer.steps()));
    }
    tensors[kTrainer + name] = tensor;
  }
  for (auto& [name, tensor] : log.state()) tensors[kLog + name] = tensor;
  weights::write_safetensors(file, tensors,
                             {{"format", kFormat},
                              {"made_by", "strata " + version()},
                              {"run", run.to_json().dump()},
                              {"step", std::to_string(trainer.steps())},
                              {"log_columns", log.columns_json()},
                              {"seconds", fmt::format("{}", so_far.seconds)},
                              {"machine", so_far.machine}});
}

RunSoFar read_checkpoint(const std::filesystem::path& file,
                         const RunIdentity& run,
                         Trainer& trainer,
                         TrainingLog& log) {
  const weights::StateDict read = weights::read(file, {.key = "", .strip_prefixes = false});
  check_run(read, run);
  try {
    trainer.restore(taken(read.tensors, kTrainer));
    log.restore(taken(read.tensors, kLog), entry(read, "log_columns"));
    return {std::stod(entry(read, "seconds")), entry(read, "machine")};
  } catch (const std::logic_error& error) {  // a Fault, or a name that is not there
    refuse(file, error);
  } catch (const json::exception& error) {
    refuse(file, error);
  }
}

}  // namespace strata::train

#include "train/recipe.hpp"

#include "base/error.hpp"

#include <limits>

#include <fmt/format.h>

namespace strata::train {
using nlohmann::json;

namespace {

constexpr Range kShare{0, 1};
constexpr Range kPositive{std::numeric_limits<double>::min(), std::numeric_limits<double>::max()};
constexpr Range kNotNegative{0, std::numeric_limits<double>::max()};
constexpr Range kCount{1, 1e12};
constexpr Range kSide{8, 4096};

template <class F>
void within(const Config& config, const std::string& key, const F& check) {
  try {
    check();
  } catch (const UsageError& error) {
    config.fail(key, error.what());
  }
}

DataChoice data_from(const Config& config) {
  DataChoice data;
  for (const std::string& path : config.get_strings("paths", {})) data.paths.emplace_back(path);
  if (config.has("path")) {
    if (!data.paths.empty()) config.fail("path", "stands beside paths; expected one of both");
    data.paths.emplace_back(config.require_string("path"));
  }
  data.layout = config.get_choice("layout", data.layout,
                                  {"auto", "class", "domain/class", "flat", "manifest"});
  data.held_out = config.get_string("held_out", "");
  data.held_out_share = config.get_number("held_out_share", data.held_out_share, {0.001, 0.9});
  data.cache_gb = config.get_number("cache_gb", data.cache_gb, {0, 1e6});
  config.finish();
  if (data.paths.empty()) config.fail("paths", "is missing; expected folders of pictures");
  return data;
}

std::array<double, 2> range_from(const Config& config,
                                 const std::string& key,
                                 const std::array<double, 2>& fallback,
                                 const Range& range) {
  const auto values = config.get_numbers(key, {fallback[0], fallback[1]}, range);
  if (values.size() != 2 || values[0] > values[1]) {
    config.fail(key, "expected two numbers, the smaller one first");
  }
  return {values[0], values[1]};
}

AugmentOptions augment_from(const Config& config) {
  AugmentOptions o;
  o.size = config.get_int("size", o.size, kSide);
  o.scale = range_from(config, "scale", o.scale, {1e-4, 1});
  o.ratio = range_from(config, "ratio", o.ratio, {0.01, 100});
  o.flip = config.get_number("flip", o.flip, kShare);
  o.brightness = config.get_number("brightness", o.brightness, kShare);
  o.contrast = config.get_number("contrast", o.contrast, kShare);
  o.saturation = config.get_number("saturation", o.saturation, kShare);
  o.hue = config.get_number("hue", o.hue, {0, 0.5});
  o.grey = config.get_number("grey", o.grey, kShare);
  config.finish();
  return o;
}

nn::NetworkRequest request_from(Config& config, const std::string& card_key) {
  nn::NetworkRequest request;
  request.network = config.require_string(card_key);
  request.weights = config.get_string("weights", "");
  request.weights_key = config.get_string("weights_key", "");
  request.overrides.merge(config.take("set", "card"));
  return request;
}

StudentChoice student_from(Config config) {
  StudentChoice student;
  student.train = config.get_strings("train", {});
  student.batch_norm = config.get_choice("batch_norm", student.batch_norm, {"frozen", "batch"});
  if (config.is_mapping("card")) {
    student.card = config.take("card", "card");
  } else {
    student.network = request_from(config, "card");
  }
  config.finish();
  return student;
}

TeacherChoice teacher_from(Config config) {
  TeacherChoice teacher;
  teacher.network = request_from(config, "network");
  const Config taps = config.child("taps");
  for (const std::string& tap : taps.keys()) teacher.taps[tap] = taps.require_string(tap);
  config.finish();
  if (teacher.taps.empty()) {
    config.fail("taps", "is missing; expected the student's layers: those of the teacher");
  }
  return teacher;
}

ObjectiveChoice objective_from(const Config& config) {
  ObjectiveChoice objective;
  const bool distils = config.get_choice("kind", "classification",
                                         {"classification", "distillation"}) == "distillation";
  if (distils) {
    objective.kind = ObjectiveChoice::Kind::distillation;
    for (const Config& item : config.children("teachers")) {
      objective.teachers.push_back(teacher_from(item));
    }
    if (objective.teachers.empty()) config.fail("teachers", "is missing; expected networks");
    objective.border = config.get_int("border", objective.border, {0, 1024});
    objective.precision =
        config.get_choice("precision", objective.precision, {"auto", "float32", "bfloat16"});
  } else {
    objective.tap = config.get_string("tap", "");
    objective.label_smoothing =
        config.get_number("label_smoothing", objective.label_smoothing, {0, 0.999});
  }
  config.finish();
  return objective;
}

optim::ParameterOptimizerOptions optimizer_from(const Config& config) {
  optim::ParameterOptimizerOptions o;
  const std::string kind = config.get_choice("kind", "adamw", optim::parameter_optimizer_names());
  o.kind = optim::parameter_optimizer_from(kind);
  o.learning_rate = config.get_number("learning_rate", o.learning_rate, kPositive);
  if (o.kind == optim::ParameterOptimizerOptions::Kind::sgd) {
    o.momentum = config.get_number("momentum", o.momentum, kShare);
    o.nesterov = config.get_bool("nesterov", o.nesterov);
  } else {
    o.beta1 = config.get_number("beta1", o.beta1, kShare);
    o.beta2 = config.get_number("beta2", o.beta2, kShare);
    o.epsilon = config.get_number("epsilon", o.epsilon, kPositive);
  }
  o.weight_decay = config.get_number("weight_decay", o.weight_decay, kNotNegative);
  o.clip_norm = config.get_number("clip_norm", o.clip_norm, kNotNegative);
  config.finish();
  within(config, "kind", [&] { o.validate(); });
  return o;
}

optim::RateSchedule schedule_from(const Config& config, int64_t steps) {
  optim::RateSchedule s;
  s.steps = steps;
  s.kind =
      optim::rate_schedule_from(config.get_choice("kind", "cosine", optim::rate_schedule_names()));
  s.warm_up = config.get_int("warm_up", s.warm_up, {0, 1e12});
  if (s.kind == optim::RateSchedule::Kind::cosine) {
    s.floor = config.get_number("floor", s.floor, kShare);
  }
  if (s.kind == optim::RateSchedule::Kind::step) {
    s.decay = config.get_number("decay", s.decay, kShare);
    s.milestones = config.get_numbers("milestones", s.milestones, kShare);
  }
  config.finish();
  if (steps > 0) within(config, "kind", [&] { s.validate(); });  // else it is missing
  return s;
}

EvaluationChoice evaluation_from(const Config& config, int64_t training_size) {
  EvaluationChoice e;
  e.every = config.get_int("every", e.every, kCount);
  e.size = config.get_int("size", training_size, kSide);
  e.batch = config.get_int("batch", e.batch, {1, 4096});
  config.finish();
  return e;
}

OutputChoice output_from(const Config& config) {
  OutputChoice o;
  o.weights = config.get_string("weights", o.weights);
  if (o.weights.find('/') != std::string::npos || !o.weights.ends_with(".safetensors")) {
    config.fail("weights", fmt::format("found '{}', expected a file name that ends in .safetensors",
                                       o.weights));
  }
  o.dtype = config.get_choice("dtype", o.dtype, {"float32", "float16"});
  o.projections = config.get_choice("projections", o.projections, {"kept", "dropped"});
  o.licence = config.get_string("licence", "");
  o.attribution = config.get_strings("attribution", {});
  o.notes = config.get_strings("notes", {});
  config.finish();
  return o;
}

/// A misspelt key is named before a missing one.
void check_complete(const Config& config) {
  config.finish();
  const auto require = [&](const char* key, const char* what) {
    if (!config.has(key)) config.fail(key, std::string("is missing; ") + what);
  };
  require("steps", "expected the number of steps of the run");
  require("data", "data: {paths: [DIR]} says where the pictures are");
  require("student", "student: {card: NAME} says what is trained");
  require("objective", "expected objective: {kind: classification} or {kind: distillation, ...}");
}

json request_json(const nn::NetworkRequest& request) {
  return {{"network", request.network},
          {"weights", request.weights},
          {"weights_key", request.weights_key},
          {"set", request.overrides.to_json()}};
}

json objective_json(const ObjectiveChoice& objective) {
  if (objective.kind == ObjectiveChoice::Kind::classification) {
    return {{"kind", "classification"},
            {"tap", objective.tap},
            {"label_smoothing", objective.label_smoothing}};
  }
  json record = {
      {"kind", "distillation"}, {"border", objective.border}, {"precision", objective.precision}};
  record["teachers"] = json::array();
  for (const TeacherChoice& teacher : objective.teachers) {
    json item = request_json(teacher.network);
    item["taps"] = teacher.taps;
    record["teachers"].push_back(std::move(item));
  }
  return record;
}

json optimizer_json(const optim::ParameterOptimizerOptions& o) {
  json record = {{"learning_rate", o.learning_rate},
                 {"weight_decay", o.weight_decay},
                 {"clip_norm", o.clip_norm}};
  if (o.kind == optim::ParameterOptimizerOptions::Kind::sgd) {
    record.update({{"kind", "sgd"}, {"momentum", o.momentum}, {"nesterov", o.nesterov}});
  } else {
    record.update(
        {{"kind", "adamw"}, {"beta1", o.beta1}, {"beta2", o.beta2}, {"epsilon", o.epsilon}});
  }
  return record;
}

json schedule_json(const optim::RateSchedule& s) {
  json record = {{"kind", optim::rate_schedule_names()[static_cast<size_t>(s.kind)]},
                 {"warm_up", s.warm_up}};
  if (s.kind == optim::RateSchedule::Kind::cosine) record["floor"] = s.floor;
  if (s.kind == optim::RateSchedule::Kind::step) {
    record["decay"] = s.decay;
    record["milestones"] = s.milestones;
  }
  return record;
}

}  // namespace

Recipe Recipe::from(const Config& config, const std::string& name) {
  Recipe r;
  r.name = config.get_string("name", name);
  if (r.name.empty() || r.name.find('/') != std::string::npos) {
    config.fail("name", fmt::format("found '{}', expected a file's name without ending", r.name));
  }
  r.batch = config.get_int("batch", r.batch, {1, 65536});
  r.average = config.get_number("average", r.average, {0, 0.999999});
  r.seed = config.get_int("seed", r.seed, {0, 9007199254740992.0});
  r.precision = config.get_choice("precision", r.precision, {"auto", "float32", "bfloat16"});
  r.log_every = config.get_int("log_every", r.log_every, kCount);
  r.augment = augment_from(config.child("augment"));
  r.optimizer = optimizer_from(config.child("optimizer"));
  r.evaluation = evaluation_from(config.child("evaluation"), r.augment.size);
  const Config checkpoint = config.child("checkpoint");
  r.checkpoint.seconds = checkpoint.get_number("seconds", r.checkpoint.seconds, kPositive);
  r.checkpoint.steps = checkpoint.get_int("steps", r.checkpoint.steps, {0, 1e12});
  checkpoint.finish();
  r.output = output_from(config.child("output"));
  if (config.has("data")) r.data = data_from(config.child("data"));
  if (config.has("student")) r.student = student_from(config.child("student"));
  if (config.has("objective")) r.objective = objective_from(config.child("objective"));
  const int64_t steps = config.get_int("steps", 0, kCount);
  r.schedule = schedule_from(config.child("schedule"), steps);
  check_complete(config);
  return r;
}

json Recipe::to_json() const {
  json record;
  record["name"] = name;
  record["data"] = {{"layout", data.layout}, {"paths", json::array()}};
  for (const auto& path : data.paths) record["data"]["paths"].push_back(path.string());
  if (data.held_out.empty()) {
    record["data"]["held_out_share"] = data.held_out_share;
  } else {
    record["data"]["held_out"] = data.held_out.string();
  }
  record["augment"] = {{"size", augment.size},
                       {"scale", augment.scale},
                       {"ratio", augment.ratio},
                       {"flip", augment.flip},
                       {"brightness", augment.brightness},
                       {"contrast", augment.contrast},
                       {"saturation", augment.saturation},
                       {"hue", augment.hue},
                       {"grey", augment.grey}};
  record["student"] = {{"train", student.train}, {"batch_norm", student.batch_norm}};
  if (student.network.network.empty()) {
    record["student"]["card"] = student.card.to_json();
  } else {
    record["student"].update(request_json(student.network));
  }
  record["objective"] = objective_json(objective);
  record["optimizer"] = optimizer_json(optimizer);
  record["schedule"] = schedule_json(schedule);
  record["steps"] = schedule.steps;
  record["batch"] = batch;
  record["average"] = average;
  record["seed"] = seed;
  record["precision"] = precision;
  record["evaluation"] = {{"every", evaluation.every}, {"size", evaluation.size}};
  record["log_every"] = log_every;
  return record;
}

std::string first_difference(const json& here, const json& there, const std::string& path) {
  if (here == there) return "";
  if (!here.is_object() || !there.is_object()) {
    return fmt::format("{}: {} here, {} there", path, here.dump(), there.dump());
  }
  json all = here;
  all.update(there);
  for (const auto& [key, ignored] : all.items()) {
    const std::string below = path.empty() ? key : path + "." + key;
    const json a = here.contains(key) ? here[key] : json(),
               b = there.contains(key) ? there[key] : json();
    std::string difference = first_difference(a, b, below);
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace strata::train

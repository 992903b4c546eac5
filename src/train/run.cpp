#include "train/run.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "nn/device.hpp"
#include "train/checkpoint.hpp"
#include "train/classification.hpp"
#include "train/distillation.hpp"
#include "train/evaluate.hpp"
#include "train/pictures.hpp"
#include "train/student.hpp"
#include "train/trainer.hpp"
#include "train/training_data.hpp"
#include "train/training_log.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <system_error>

#include <ATen/Parallel.h>
#include <ATen/ops/rand.h>
#include <fmt/format.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace strata::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr const char* kCheckpoint = "checkpoint.safetensors";
constexpr int kTimedSteps = 2;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Lets the allocator keep what is freed. Every step takes and frees the same few large tensors,
/// which would else be mapped, cleared and unmapped each time: a quarter of a step on the CPU.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 256 << 20);
#endif
}

at::ScalarType precision_of(const std::string& name, at::ScalarType automatic) {
  if (name == "float32") return at::kFloat;
  return name == "bfloat16" ? at::kBFloat16 : automatic;
}

nn::Policy policy_of(const TrainOptions& options) {
  nn::Policy policy;
  policy.device = nn::resolve_device(options.device);
  policy.precision =
      precision_of(options.recipe.precision, policy.device.is_cuda() ? at::kBFloat16 : at::kFloat);
  return policy;
}

/// Everything a run works with, checked and ready.
struct Job {
  TrainOptions options;
  nn::Policy policy;
  TrainingData data;
  std::vector<std::string> teachers;  ///< a line each, for records
  std::unique_ptr<TrainObjective> objective;
  Student student;
  std::vector<nn::NodeId> trained;
  std::unique_ptr<Trainer> trainer;
  TrainingLog log;
  RunIdentity identity;

  const Recipe& recipe() const { return options.recipe; }
  fs::path checkpoint() const { return options.output / kCheckpoint; }
};

std::vector<Teacher> open_teachers(const Recipe& recipe, Job& job, Log& log) {
  std::vector<Teacher> teachers;
  for (const TeacherChoice& choice : recipe.objective.teachers) {
    std::vector<std::string> layers, pairs;
    for (const auto& [mine, theirs] : choice.taps) {
      layers.push_back(theirs);
      pairs.push_back(theirs + " for " + mine);
    }
    nn::Network network = nn::load_network(choice.network, layers, nn::ModelPaths::standard(), log);
    job.identity.teachers.push_back(network.parameters.identity);
    job.teachers.push_back(fmt::format("{} ({}), weights `{}`: {}", network.card.title,
                                       network.card.licence, network.parameters.identity,
                                       join(pairs)));
    teachers.push_back({std::move(network), choice.taps});
  }
  return teachers;
}

int64_t classes_of(const TrainingData& data) {
  for (const data::Item& item : data.pictures.items) {
    if (item.label < 0) {
      throw UsageError("objective: classification needs labels, but " + item.name + " has none");
    }
  }
  return static_cast<int64_t>(data.pictures.classes.size());
}

void prepare_objective(Job& job, Log& log) {
  const Recipe& recipe = job.recipe();
  const ObjectiveChoice& objective = recipe.objective;
  const auto open = [&](const std::vector<std::string>& taps, int64_t classes) {
    job.student = open_student(recipe.student, recipe.name, taps, classes, recipe.seed, log);
  };
  if (objective.kind == ObjectiveChoice::Kind::classification) {
    const int64_t classes = classes_of(job.data);
    const std::string tap =
        objective.tap.empty() ? last_layer(recipe.student, recipe.name) : objective.tap;
    job.objective = make_classification(tap, classes, objective.label_smoothing);
    open({tap}, classes);
    return;
  }
  std::vector<Teacher> teachers = open_teachers(recipe, job, log);
  std::vector<std::string> taps;
  for (const Teacher& teacher : teachers) {
    for (const auto& [mine, theirs] : teacher.taps) taps.push_back(mine);
  }
  open(taps, 0);
  nn::Policy policy = job.policy;
  policy.precision = precision_of(objective.precision, policy.precision);
  job.objective = make_distillation(std::move(teachers), job.student.graph,
                                    {.border = objective.border}, policy);
}

std::unique_ptr<Trainer> make_trainer(const Job& job) {
  const Recipe& recipe = job.recipe();
  std::vector<nn::NodeId> taps;
  for (const std::string& tap : job.objective->taps()) taps.push_back(job.student.graph.find(tap));
  nn::TrainingPlan plan(
      job.student.graph, job.student.parameters, taps, job.trained,
      {.policy = job.policy, .batch_statistics = recipe.student.batch_norm == "batch"});
  return std::make_unique<Trainer>(std::move(plan), job.student.card.input, *job.objective,
                                   TrainerOptions{.optimizer = recipe.optimizer,
                                                  .schedule = recipe.schedule,
                                                  .average = recipe.average,
                                                  .seed = static_cast<uint64_t>(recipe.seed)});
}

Job prepare(const TrainOptions& options, Log& log) {
  Job job;
  job.options = options;
  if (options.output.empty()) throw UsageError("output: no folder was named (-o DIR)");
  check_writable_folder(options.output);
  nn::set_threads(options.threads);
  job.policy = policy_of(options);
  if (job.policy.device.is_cpu()) keep_freed_memory();
  const Recipe& recipe = job.recipe();
  job.data = open_training_data(recipe.data, recipe.seed);
  prepare_objective(job, log);
  job.trained = nn::trained_nodes(job.student.graph, recipe.student.train);
  job.trainer = make_trainer(job);
  job.identity.recipe = recipe.to_json();
  job.identity.fingerprint = job.data.fingerprint;
  job.identity.start = job.student.parameters.identity;
  return job;
}

// ---- the run ------------------------------------------------------------------------------------

class Run {
 public:
  Run(Job& job, Log& log, const StopSignal& stop) : job_(job), log_(log), stop_(stop) {}

  TrainReport go() {
    make_folder(job_.options.output);
    std::error_code ignored;
    if (fs::exists(job_.checkpoint(), ignored)) {
      const RunSoFar so_far =
          read_checkpoint(job_.checkpoint(), job_.identity, trainer(), job_.log);
      before_ = so_far.seconds;
      log_.info(fmt::format("{}: going on after step {} of {}", job_.options.output.string(),
                            trainer().steps(), steps()));
      if (so_far.machine != machine()) {
        log_.warn(
            fmt::format("until here it ran on {}, now on {}: the weights will differ in "
                        "their last digits from those of a run without a pause",
                        so_far.machine, machine()));
      }
    } else {
      last_ = evaluated();
      job_.log.end_row(0, 0.0, 0.0, last_);
    }
    resumed_at_ = trainer().steps();
    train();
    return finished();
  }

 private:
  Trainer& trainer() { return *job_.trainer; }
  const Recipe& recipe() const { return job_.recipe(); }
  int64_t steps() const { return recipe().schedule.steps; }
  double seconds() const { return before_ + seconds_since(start_); }

  void train() {
    if (trainer().steps() >= steps()) return;
    TrainingBatches batches(job_.data.pictures, job_.data.training, recipe().augment,
                            {.batch = recipe().batch,
                             .steps = steps(),
                             .first = trainer().steps(),
                             .threads = loader_threads(),
                             .seed = static_cast<uint64_t>(recipe().seed),
                             .cache_bytes = recipe().data.cache_gb * 1e9});
    Progress progress(log_, "training", steps(), trainer().steps());
    row_start_ = saved_ = Clock::now();
    while (auto samples = batches.next()) {
      samples->rgb_nchw_01 = samples->rgb_nchw_01.to(job_.policy.device);
      const StepRecord record = stepped(*samples);
      job_.log.add(record);
      ++steps_in_row_;
      end_row_where_due(record);
      progress.update(trainer().steps(), note_);
      if (stop_.requested() && trainer().steps() < steps()) interrupted();
      if (checkpoint_is_due()) save();
    }
    save();
  }

  StepRecord stepped(const Samples& samples) {
    try {
      return trainer().step(samples);
    } catch (const NumericalError& error) {
      std::error_code ignored;
      const bool kept = fs::exists(job_.checkpoint(), ignored);
      throw NumericalError(
          fmt::format("{}; {}; a smaller optimizer.learning_rate may help", error.what(),
                      kept ? job_.checkpoint().string() + " has the last good state"
                           : "there was no checkpoint yet"));
    }
  }

  void end_row_where_due(const StepRecord& record) {
    const int64_t step = trainer().steps();
    const bool last = step == steps();
    const bool evaluates = last || step % recipe().evaluation.every == 0;
    if (!evaluates && step % recipe().log_every != 0) return;
    const double rate =
        static_cast<double>(steps_in_row_ * recipe().batch) / seconds_since(row_start_);
    if (steps_in_row_ > 0) speed_ = rate;
    std::optional<Evaluation> evaluation;
    if (evaluates) last_ = evaluation = evaluated();
    job_.log.end_row(step, seconds(), speed_, evaluation);
    note_ = fmt::format("loss {:.4g}, rate {:.2g}, {:.1f} pictures/s", job_.log.loss(), record.rate,
                        speed_);
    if (last_) note_ += fmt::format(", score {:.4f}", last_->score);
    if (evaluates) write_network();  // the one so far: a long run can be looked at while it goes on
    steps_in_row_ = 0;
    row_start_ = Clock::now();
  }

  Evaluation evaluated() {
    nn::ParameterSet parameters{trainer().parameters(), "", ""};
    return evaluate(job_.student.graph, parameters, job_.student.card.input, job_.policy,
                    *job_.objective, job_.data, recipe().evaluation, log_);
  }

  bool checkpoint_is_due() const {
    const CheckpointChoice& choice = recipe().checkpoint;
    return seconds_since(saved_) > choice.seconds ||
           (choice.steps > 0 && job_.trainer->steps() % choice.steps == 0);
  }

  std::string machine() const {
    return fmt::format("{} with {} threads", nn::device_title(job_.policy.device),
                       at::get_num_threads());
  }

  void save() {
    write_checkpoint(job_.checkpoint(), job_.identity, trainer(), job_.log, {seconds(), machine()});
    saved_ = Clock::now();
  }

  [[noreturn]] void interrupted() {
    save();
    write_log(job_.options.output, recipe(), job_.log);
    throw Interrupted(stop_.signal(),
                      fmt::format("stopped after step {} of {}; the same command goes on from {}",
                                  trainer().steps(), steps(), job_.checkpoint().string()));
  }

  int64_t loader_threads() const {
    // On the CPU the network needs the processors more than the pictures do.
    return job_.policy.device.is_cpu() ? 1 : std::max(1, at::get_num_threads() - 1);
  }

  TrainReport finished() {
    if (!last_) last_ = evaluated();
    const RunRecord record = this->record();
    TrainReport report;
    report.output = job_.options.output;
    report.files = write_network();
    report.steps = record.steps;
    report.resumed_at = resumed_at_;
    report.loss = job_.log.loss();
    report.evaluation = *last_;
    report.seconds = record.seconds;
    report.pictures_per_second = speed_;
    report.device = record.device;
    return report;
  }

  ModelFiles write_network() {
    return write_model(job_.options.output, recipe(), job_.student, trainer().parameters(),
                       job_.log, record());
  }

  RunRecord record() {
    RunRecord record;
    record.run = job_.identity;
    record.steps = trainer().steps();
    record.training_pictures = static_cast<int64_t>(job_.data.training.size());
    record.held_out_pictures = static_cast<int64_t>(job_.data.held_out.size());
    record.seconds = resumed_at_ < steps() ? seconds() : before_;
    record.device = nn::device_title(job_.policy.device);
    record.threads = at::get_num_threads();
    record.teachers = job_.teachers;
    return record;
  }

  Job& job_;
  Log& log_;
  const StopSignal& stop_;
  Clock::time_point start_ = Clock::now(), saved_ = start_, row_start_ = start_;
  double before_ = 0.0;  ///< seconds of earlier calls
  int64_t resumed_at_ = 0;
  int64_t steps_in_row_ = 0;  ///< of this call
  double speed_ = 0.0;        ///< pictures per second
  std::optional<Evaluation> last_;
  std::string note_;
};

double timed_step(Job& job) {
  const Recipe& recipe = job.recipe();
  const int64_t side = recipe.augment.size;
  Samples samples{at::rand({recipe.batch, 3, side, side}).to(job.policy.device),
                  std::vector<int64_t>(static_cast<size_t>(recipe.batch), 0)};
  const auto trainer = make_trainer(job);
  trainer->step(samples);
  const auto start = Clock::now();
  for (int i = 0; i < kTimedSteps; ++i) trainer->step(samples);
  return seconds_since(start) / kTimedSteps;
}

}  // namespace

TrainPlan plan_train(const TrainOptions& options, Log& log) {
  Job job = prepare(options, log);
  const Recipe& recipe = job.recipe();
  TrainPlan plan;
  std::error_code ignored;
  if (fs::exists(job.checkpoint(), ignored)) {
    read_checkpoint(job.checkpoint(), job.identity, *job.trainer, job.log);
    plan.done = job.trainer->steps();
  }
  const nn::Graph& graph = job.student.graph;
  for (nn::NodeId id = 0; id < graph.nodes().size(); ++id) {
    int64_t count = 0;
    for (const auto& [name, shape] : graph.parameters_of(id)) {
      count += job.student.parameters.at(name).numel();
    }
    if (count == 0) continue;
    const bool trained = std::find(job.trained.begin(), job.trained.end(), id) != job.trained.end();
    plan.layers.push_back({graph.title(id), count, trained});
    plan.parameters += count;
    if (trained) plan.trained += count;
  }
  plan.bytes = static_cast<double>(plan.parameters) * (recipe.output.dtype == "float16" ? 2 : 4);
  plan.training_pictures = static_cast<int64_t>(job.data.training.size());
  plan.held_out_pictures = static_cast<int64_t>(job.data.held_out.size());
  plan.steps = recipe.schedule.steps;
  plan.passes =
      static_cast<double>(plan.steps * recipe.batch) / static_cast<double>(plan.training_pictures);
  plan.seconds_a_step = timed_step(job);
  plan.seconds = plan.seconds_a_step * static_cast<double>(plan.steps - plan.done);
  plan.device = nn::device_title(job.policy.device);
  plan.teachers = job.teachers;
  return plan;
}

TrainReport run_train(const TrainOptions& options, Log& log, const StopSignal& stop) {
  Job job = prepare(options, log);
  return Run(job, log, stop).go();
}

json TrainPlan::to_json() const {
  json record = {{"parameters", parameters},
                 {"trained", trained},
                 {"bytes", bytes},
                 {"training_pictures", training_pictures},
                 {"held_out_pictures", held_out_pictures},
                 {"steps", steps},
                 {"done", done},
                 {"passes", passes},
                 {"seconds_a_step", seconds_a_step},
                 {"seconds", seconds},
                 {"device", device},
                 {"teachers", teachers},
                 {"layers", json::array()}};
  for (const Layer& layer : layers) {
    record["layers"].push_back(
        {{"name", layer.name}, {"parameters", layer.parameters}, {"trained", layer.trained}});
  }
  return record;
}

json TrainReport::to_json() const {
  return {{"output", output.string()},
          {"weights", files.weights.string()},
          {"sha256", files.sha256},
          {"card", files.card.string()},
          {"parameters", files.parameters},
          {"bytes", files.bytes},
          {"steps", steps},
          {"resumed_at", resumed_at},
          {"loss", loss},
          {"score", evaluation.score},
          {"figures", evaluation.figures},
          {"seconds", seconds},
          {"pictures_per_second", pictures_per_second},
          {"device", device}};
}

}  // namespace strata::train

#include "styletransfer/stylize.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "image/tensor.hpp"
#include "nn/device.hpp"
#include "styletransfer/colour/luminance.hpp"
#include "styletransfer/colour/recolour.hpp"
#include "styletransfer/initial.hpp"
#include "styletransfer/masks/mask_file.hpp"
#include "styletransfer/masks/protection.hpp"
#include "styletransfer/memory.hpp"
#include "styletransfer/painter.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

// A run, checked and ready: nothing in here can still be the user's mistake.
struct Job {
  const StylizeOptions& options;
  SourcePicture content;
  std::vector<StylePicture> styles;
  std::optional<SourcePicture> initial;  // `--init FILE`
  std::string init;                      // content, random, style-stats, or the file's name
  Setting setting;
  StylizePlan plan;
  std::optional<double> clipped;  // share of the style pixels, where their colours were matched
  Masks masks;                    // of the pictures' own sizes
  at::Tensor protect;             // the same; undefined: nothing is protected

  const Preset& preset() const { return setting.recipe.preset; }
};

bool is_init_name(const std::string& init) {
  return init == "content" || init == "random" || init == "style-stats";
}

// ---- checks -------------------------------------------------------------------------------------

void check_output(const StylizeOptions& options) {
  const std::filesystem::path& output = options.output;
  if (output.empty()) throw UsageError("output: no file was named (-o OUT.png)");
  image::check_encodable(output, static_cast<int>(options.bits));
  check_writable(output);
}

void check_memory(const StylizePlan& plan, const Setting& setting) {
  const double limit = memory_limit_bytes();
  if (!setting.backbone->policy().device.is_cpu() || plan.memory_bytes <= limit) return;
  const Size size = plan.scales.back().size;
  throw ResourceError(
      fmt::format("size: {} x {} needs about {}, and there are {}; take a smaller "
                  "--size, or --optimizer adam",
                  size.width, size.height, human_bytes(plan.memory_bytes), human_bytes(limit)));
}

void check_line_search(const Preset& preset) {
  const bool exact =
      preset.style.loss != StyleLoss::w2 || preset.style.root != MatrixRoot::newton_schulz;
  if (exact || preset.optimizer.kind != OptimizerSettings::Kind::lbfgs) return;
  throw UsageError(
      "optimizer: lbfgs trusts gradients, and those of Newton-Schulz roots are not the loss's; "
      "take "
      "adam, or exact roots");
}

// A picture to start from has been through the scales up to its own size, or never needed them.
void leave_out_coarser(std::vector<Scale>& scales, int64_t long_side) {
  const auto first = std::find_if(scales.begin(), scales.end() - 1,
                                  [&](const Scale& scale) { return scale.long_side >= long_side; });
  scales.erase(scales.begin(), first);
}

Job prepare(const StylizeOptions& options, Log& log) {
  check_output(options);
  Job job{.options = options,
          .content = load_picture(options.content, "content", log),
          .styles = load_styles(options.styles, log),
          .initial = {},
          .init = options.init,
          .setting = {},
          .plan = {},
          .clipped = {},
          .masks = {},
          .protect = {}};
  job.masks = load_masks(mask_files(options.objective), job.content, job.styles);
  if (!options.protect.empty()) job.protect = read_soft_mask(options.protect, job.content);
  if (!options.init.empty() && !is_init_name(options.init)) {
    job.initial = load_picture(options.init, "initial", log);
  }
  job.setting = resolve(options.objective, log);
  job.clipped = recolour_styles(job.styles, job.content.picture, job.setting.colour);
  if (!job.content.picture.alpha.empty() && !image::holds_alpha(options.output)) {
    log.warn(
        fmt::format("{}: this format holds no transparency, that of {} is lost; .png, .tiff "
                    "and .webp keep it",
                    options.output.string(), options.content));
  }
  Preset& preset = job.setting.recipe.preset;
  if (options.optimizer) preset.optimizer.kind = optimizer_from(*options.optimizer);
  if (job.init.empty()) job.init = preset.init;
  job.setting.recipe.seed = static_cast<uint64_t>(options.seed);
  check_line_search(preset);

  const int64_t side = options.size.value_or(preset.size);
  const Backbone& backbone = *job.setting.backbone;
  check_size(backbone, options.content, with_long_side(job.content.size(), side, preset.sides));
  std::vector<Size> style_sizes;
  for (const StylePicture& style : job.styles) {
    style_sizes.push_back(style.source.size());
    check_size(backbone, style.source.file,
               style_size_at(job.setting.style_size, style_sizes.back(), side, side, preset.sides));
  }
  std::vector<Scale> scales = plan_scales(preset.schedule, side, options.iterations);
  if (job.initial) leave_out_coarser(scales, job.initial->size().long_side());
  job.plan = make_plan(job.setting, scales, job.content.size(), style_sizes);
  check_memory(job.plan, job.setting);
  const PlannedScale& last = job.plan.scales.back();
  check_masks(backbone, job.setting.recipe, masks_at(job.masks, last.size, last.styles));
  return job;
}

// ---- pictures -----------------------------------------------------------------------------------

// Of several styles, the one that a start from style statistics takes.
size_t heaviest(const std::vector<StylePicture>& styles) {
  const auto lighter = [](const StylePicture& a, const StylePicture& b) {
    return a.share < b.share;
  };
  return static_cast<size_t>(std::max_element(styles.begin(), styles.end(), lighter) -
                             styles.begin());
}

at::Tensor initial_picture(const Job& job, const PlannedScale& scale) {
  const Preset& preset = job.preset();
  const auto pixels = job.setting.backbone->picture_options();
  const auto seed = static_cast<uint64_t>(job.options.seed);
  if (job.initial) return sized(*job.initial, scale.size, preset, pixels);
  if (job.init == "random") {
    return random_picture(scale.size, job.setting.backbone->network().card.input,
                          preset.random_sigma / preset.pixel_scale, seed)
        .to(pixels);
  }
  if (job.init == "style-stats") {
    const size_t i = heaviest(job.styles);
    return noise_like(sized(job.styles[i].source, scale.styles[i], preset, pixels), scale.size,
                      seed)
        .to(pixels);
  }
  return sized(job.content, scale.size, preset, pixels);
}

std::unique_ptr<Objective> objective_at(const Job& job, const PlannedScale& scale) {
  const auto pixels = job.setting.backbone->picture_options();
  std::vector<WeightedPicture> styles;
  for (size_t i = 0; i < job.styles.size(); ++i) {
    styles.push_back(
        {sized(job.styles[i].source, scale.styles[i], job.preset(), pixels), job.styles[i].share});
  }
  Masks masks = masks_at(job.masks, scale.size, scale.styles);
  masks.may_leave_out = &scale != &job.plan.scales.back();
  return build_objective(job.setting.backbone, job.setting.recipe,
                         sized(job.content, scale.size, job.preset(), pixels), styles, masks);
}

std::optional<Protection> protection_at(const Job& job, const PlannedScale& scale) {
  if (!job.protect.defined()) return std::nullopt;
  return Protection(
      resized_mask(job.protect, scale.size),
      sized(job.content, scale.size, job.preset(), job.setting.backbone->picture_options()));
}

// Timed on the first scale, which is the quickest.
double seconds_per_multiply_add(const Job& job) {
  const PlannedScale& scale = job.plan.scales.front();
  const auto objective = objective_at(job, scale);
  const at::Tensor picture = initial_picture(job, scale);
  objective->evaluate(picture);  // kernels are chosen and memory is mapped once
  const auto start = Clock::now();
  objective->evaluate(picture);
  return std::chrono::duration<double>(Clock::now() - start).count() / scale.multiply_adds;
}

json metadata(const Job& job, const ObjectiveValue& result) {
  json options = json::object();
  OptionRecorder recorder(options);
  StylizeOptions copy = job.options;
  copy.describe(recorder);
  options["network_overrides"] = job.options.objective.overrides.to_json();
  return {{"program", "strata"},         {"command", "stylize"}, {"content", job.options.content},
          {"style", job.options.styles}, {"options", options},   {"setting", job.setting.record()},
          {"result", to_json(result)}};
}

// ---- the run ------------------------------------------------------------------------------------

struct Painted {
  at::Tensor picture;
  std::unique_ptr<Objective> objective;  // of the last scale
};

// All scales, coarse to fine, each from the enlarged result of the one before.
Painted paint_scales(const Job& job, Painter& painter) {
  Painted painted;
  double work = 0.0;
  for (size_t k = 0; k < job.plan.scales.size(); ++k) {
    const PlannedScale& scale = job.plan.scales[k];
    painted.objective.reset();
    painted.objective = objective_at(job, scale);
    const at::Tensor start =
        k == 0 ? initial_picture(job, scale)
               : resized(painted.picture, scale.size, image::Interpolation::bicubic_antialias);
    const double share =
        scale.multiply_adds * static_cast<double>(scale.iterations) / job.plan.multiply_adds;
    const auto protection = protection_at(job, scale);
    const Painter::Stage stage{.scale = k,
                               .scales = job.plan.scales.size(),
                               .iterations = scale.iterations,
                               .work_before = work,
                               .work_after = work + share,
                               .protection = protection ? &*protection : nullptr};
    work += share;
    painted.picture = painter.paint(
        [&](const at::Tensor& picture) { return painted.objective->evaluate(picture); }, start,
        stage, job.preset().optimizer, job.preset().pixel_scale);
  }
  return painted;
}

struct Finished {
  image::Picture picture;
  std::optional<double> clipped;
};

// The painted picture with its colours settled and the content's transparency, as it is written.
Finished finish(const Job& job, const at::Tensor& painted) {
  const int bits = static_cast<int>(job.options.bits);
  Finished finished{{}, job.clipped};
  const Size size{painted.size(2), painted.size(3)};
  if (job.setting.colour == ColourMode::luminance) {
    const InGamut inside = into_gamut(with_chroma_of(
        sized(job.content, size, job.preset(), painted.options()), painted.clamp(0.0, 1.0)));
    finished = {image::picture_from_rgb_nchw_01(inside.rgb, bits), inside.clipped};
  } else {
    finished.picture = image::picture_from_rgb_nchw_01(painted, bits);
  }
  if (!job.content.picture.alpha.empty() && image::holds_alpha(job.options.output)) {
    image::set_alpha(finished.picture, resized(image::alpha_nchw_01(job.content.picture), size,
                                               image::Interpolation::bilinear_antialias));
  }
  return finished;
}

std::string clipping(const Job& job, double share) {
  const bool luminance = job.setting.colour == ColourMode::luminance;
  return fmt::format("colour {}: {:.2f} % of the {} pixels were outside the gamut and lost chroma",
                     colour_mode_name(job.setting.colour), 100.0 * share,
                     luminance ? "output's" : "style's");
}

// One line about what is going to happen.
std::string introduction(const Job& job) {
  const Size size = job.plan.scales.back().size;
  int64_t iterations = 0;
  for (const PlannedScale& scale : job.plan.scales) iterations += scale.iterations;
  return fmt::format("{} on {}, preset {}: {} x {} in {} {}, {} iterations",
                     job.setting.backbone->network().card.name,
                     job.setting.backbone->policy().device.str(), job.preset().name, size.width,
                     size.height, job.plan.scales.size(),
                     job.plan.scales.size() == 1 ? "scale" : "scales", iterations);
}

Observers make_observers(const Job& job, Log& log) {
  Observers observers;
  observers.push_back(make_progress_observer(log));
  if (job.options.preview_every > 0) {
    observers.push_back(make_preview_observer(beside(job.options.output, "preview"),
                                              job.options.preview_every, log));
  }
  return observers;
}

// Writes what there is; returns what to say about it and how to go on.
std::string keep(const at::Tensor& picture, const std::filesystem::path& output) {
  if (!picture.defined()) return "no picture was made yet";
  const std::filesystem::path file = beside(output, "partial");
  try {
    image::encode(file, image::picture_from_rgb_nchw_01(picture));
  } catch (const Error& error) {
    return fmt::format("the picture so far could not be written: {}", error.what());
  }
  return fmt::format("the picture so far, {} x {}, is {}; to go on from it, add --init {}",
                     picture.size(3), picture.size(2), file.string(), file.string());
}

bool is_out_of_memory(const c10::Error& error) {
  const std::string what = error.what_without_backtrace();
  for (const char* sign : {"not enough memory", "can't allocate memory", "out of memory"}) {
    if (what.find(sign) != std::string::npos) return true;
  }
  return false;
}

// Runs `paint`; where it ends early, keeps the last good picture and says so.
Painted guarded(const Job& job, Painter& painter, const StopSignal& stop) {
  const auto kept = [&] { return keep(painter.last_good(), job.options.output); };
  const auto out_of_memory = [&]() -> ResourceError {
    return ResourceError("out of memory; take a smaller --size, or --optimizer adam; " + kept());
  };
  try {
    return paint_scales(job, painter);
  } catch (const Painter::Stopped&) {
    throw Interrupted(stop.signal(), fmt::format("stopped after {} evaluations; {}",
                                                 painter.evaluations(), kept()));
  } catch (const NumericalError& error) {
    throw NumericalError(fmt::format("{}; {}", error.what(), kept()));
  } catch (const std::bad_alloc&) {
    throw out_of_memory();
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) throw out_of_memory();
    throw;
  }
}

}  // namespace

void StylizeOptions::describe(OptionVisitor& v) {
  objective.describe(v);
  v.option({.key = "size",
            .help = "long side of the output in pixels; default: the preset's",
            .value = "N",
            .range = {1, 1 << 20}},
           size);
  v.option({.key = "iterations",
            .help = "iterations at the last scale, those at coarser scales change by the same "
                    "factor; default: the preset's",
            .value = "N",
            .range = {1, 1e6}},
           iterations);
  v.option({.key = "protect",
            .help = "a grey picture of the content's size: white keeps the content as it is, grey "
                    "keeps part of it",
            .value = "FILE"},
           protect);
  v.option({.key = "optimizer",
            .help = "default: the preset's",
            .value = "NAME",
            .allowed = optimizer_names()},
           optimizer);
  v.option({.key = "init",
            .help = "start from content, random, style-stats, or a picture file, which also leaves "
                    "out scales coarser than it; empty: the preset's",
            .value = "WHAT"},
           init);
  v.option({.key = "seed",
            .help = "of a random start, and of the positions that self-similarity compares",
            .value = "N",
            .range = {0, 9007199254740992.0}},
           seed);
  v.option({.key = "preview_every",
            .help = "write OUT.preview.png every N evaluations; 0: never",
            .value = "N",
            .range = {0, 1e9}},
           preview_every);
  v.option({.key = "bits",
            .help = "bits a channel of the output: 8, or 16 for .png and .tiff",
            .value = "N",
            .range = {8, 16}},
           bits);
  v.option({.key = "no_metadata",
            .help = "leave settings and file names out of the output file",
            .value = ""},
           no_metadata);
}

std::filesystem::path beside(const std::filesystem::path& output, const std::string& what) {
  return output.parent_path() / (output.stem().string() + "." + what + ".png");
}

StylizePlan plan_stylize(const StylizeOptions& options, Log& log) {
  const Job job = prepare(options, log);
  StylizePlan plan = job.plan;
  plan.seconds = plan.multiply_adds * seconds_per_multiply_add(job);
  return plan;
}

StylizeReport run_stylize(const StylizeOptions& options, Log& log, const StopSignal& stop) {
  const auto start = Clock::now();
  const PeakMemory memory(nn::resolve_device(options.objective.device));
  const Job job = prepare(options, log);
  log.info(introduction(job));

  Painted painted;
  int64_t evaluations = 0;
  {
    Observers observers = make_observers(job, log);
    Painter painter(stop, observers);
    painted = guarded(job, painter, stop);
    evaluations = painter.evaluations();
  }

  const auto [picture, clipped] = finish(job, painted.picture);
  if (clipped) log.info(clipping(job, *clipped));
  StylizeReport report;
  report.result = painted.objective->value(
      image::rgb_nchw_01(picture).to(job.setting.backbone->picture_options()));
  image::EncodeOptions encoding;
  if (!options.no_metadata) encoding.text["strata"] = metadata(job, report.result).dump();
  image::encode(options.output, picture, encoding);

  report.size = job.plan.scales.back().size;
  report.evaluations = evaluations;
  report.peak_bytes = memory.bytes();
  report.seed = options.seed;
  report.clipped = clipped;
  report.output = options.output;
  report.record = job.setting.record();
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return report;
}

json StylizeReport::to_json() const {
  json all = record;
  all.update(styletransfer::to_json(result));
  all["output"] = output.string();
  all["width"] = size.width;
  all["height"] = size.height;
  all["seconds"] = seconds;
  all["evaluations"] = evaluations;
  all["peak_bytes"] = peak_bytes;
  all["seed"] = seed;
  if (clipped) all["clipped"] = *clipped;
  return all;
}

}  // namespace strata::styletransfer

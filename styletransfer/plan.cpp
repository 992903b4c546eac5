#include "styletransfer/plan.hpp"

#include "base/error.hpp"
#include "nn/op_table.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

// LibTorch, OpenCV and their threads before any picture is there.
constexpr double kProcessBytes = 120e6;
// Copies of the picture that live at once beside the optimiser's: gradient, trial point, targets'
// sources, the preprocessed input.
constexpr double kPictureCopies = 8;

double activation_bytes(const Setting& setting) {
  return static_cast<double>(c10::elementSize(setting.backbone->policy().precision));
}

double picture_bytes(const Setting& setting) {
  return static_cast<double>(setting.backbone->picture_options().dtype().itemsize());
}

double parameter_bytes(const Setting& setting) {
  double elements = 0.0;
  for (const auto& [name, shape] : setting.backbone->network().graph.parameters()) {
    double count = 1.0;
    for (const int64_t side : shape) count *= static_cast<double>(side);
    elements += count;
  }
  // The file's own copy, and one each for inference, forward and backward.
  return elements * (4.0 + 3.0 * activation_bytes(setting));
}

double optimiser_copies(const OptimizerSettings& settings) {
  if (settings.kind == OptimizerSettings::Kind::adam) return 4.0;
  return 2.0 * static_cast<double>(settings.history) + 6.0;
}

double statistics_multiply_adds(const Setting& setting, Size size) {
  double sum = 0.0;
  for (const LayerWeight& layer : setting.recipe.style) {
    const auto shape = setting.backbone->feature_shape(setting.backbone->tap(layer.layer),
                                                       size.height, size.width);
    const auto channels = static_cast<double>(shape[0]);
    sum += 2.0 * channels * channels * static_cast<double>(shape[1] * shape[2]);
  }
  return sum;
}

double largest_activation(const Setting& setting, Size size) {
  double largest = 0.0;
  const nn::Graph& graph = setting.backbone->network().graph;
  for (const nn::Shape& shape : graph.shapes({1, 3, size.height, size.width})) {
    double count = 1.0;
    for (const int64_t side : shape) count *= static_cast<double>(side);
    largest = std::max(largest, count);
  }
  return largest;
}

PlannedScale plan_scale(const Setting& setting,
                        Size size,
                        const std::vector<Size>& styles,
                        int64_t iterations) {
  const nn::Graph& graph = setting.backbone->network().graph;
  const double bytes = activation_bytes(setting);
  const nn::Cost cost =
      nn::total_cost(graph, {1, 3, size.height, size.width}, static_cast<int>(bytes));
  const double pixels = 3.0 * static_cast<double>(size.height * size.width);
  const Size style = *std::max_element(styles.begin(), styles.end(), [](Size a, Size b) {
    return a.height * a.width < b.height * b.width;
  });
  PlannedScale scale{size, style, styles, iterations, 0.0, 0.0};
  scale.multiply_adds = 2.0 * cost.multiply_adds + statistics_multiply_adds(setting, size);
  const double style_transient = 2.0 * largest_activation(setting, style) * bytes;
  const double evaluation =
      cost.saved_bytes + 2.0 * largest_activation(setting, size) * bytes +
      pixels * picture_bytes(setting) *
          (optimiser_copies(setting.recipe.preset.optimizer) + kPictureCopies);
  scale.memory_bytes =
      kProcessBytes + parameter_bytes(setting) + std::max(style_transient, evaluation);
  return scale;
}

}  // namespace

StylizePlan make_plan(const Setting& setting,
                      const std::vector<Scale>& scales,
                      Size content,
                      const std::vector<Size>& styles) {
  STRATA_CHECK(!scales.empty() && !styles.empty(), "a schedule without scales or styles");
  const int64_t final_side = scales.back().long_side;
  StylizePlan plan;
  for (const Scale& scale : scales) {
    const SideRounding rounding = setting.recipe.preset.sides;
    const Size size = with_long_side(content, scale.long_side, rounding);
    std::vector<Size> style_sizes;
    bool styles_fit = true;
    for (const Size& style : styles) {
      style_sizes.push_back(
          style_size_at(setting.style_size, style, scale.long_side, final_side, rounding));
      styles_fit = styles_fit && fits(*setting.backbone, style_sizes.back());
    }
    const bool coarse = scale.long_side != final_side;
    if (coarse && !(fits(*setting.backbone, size) && styles_fit)) continue;
    plan.scales.push_back(plan_scale(setting, size, style_sizes, scale.iterations));
    const PlannedScale& planned = plan.scales.back();
    plan.multiply_adds += planned.multiply_adds * static_cast<double>(planned.iterations);
    plan.memory_bytes = std::max(plan.memory_bytes, planned.memory_bytes);
  }
  return plan;
}

nlohmann::json StylizePlan::to_json() const {
  nlohmann::json rows = nlohmann::json::array();
  for (const PlannedScale& scale : scales) {
    rows.push_back({{"width", scale.size.width},
                    {"height", scale.size.height},
                    {"style_width", scale.style.width},
                    {"style_height", scale.style.height},
                    {"iterations", scale.iterations},
                    {"multiply_adds_per_evaluation", scale.multiply_adds},
                    {"memory_bytes", scale.memory_bytes}});
  }
  return {{"scales", rows},
          {"multiply_adds", multiply_adds},
          {"memory_bytes", memory_bytes},
          {"seconds", seconds}};
}

}  // namespace strata::styletransfer

#include "small_run.hpp"

#include "base/random.hpp"
#include "image/picture.hpp"

#include <fmt/format.h>

namespace strata::train {
namespace fs = std::filesystem;

void write_pictures(const fs::path& folder, int classes, int per_class, int side) {
  Random random(7, folder.filename().string());
  for (int c = 0; c < classes; ++c) {
    const fs::path where = folder / fmt::format("class{}", c);
    fs::create_directories(where);
    for (int i = 0; i < per_class; ++i) {
      image::Picture picture;
      picture.rgb = cv::Mat(side, side + i % 5, CV_8UC3);
      for (int y = 0; y < picture.rgb.rows; ++y) {
        for (int x = 0; x < picture.rgb.cols; ++x) {
          auto& pixel = picture.rgb.at<cv::Vec3b>(y, x);
          for (int k = 0; k < 3; ++k) {
            const uint64_t bright = k == c % 3 ? 120 : 20;
            pixel[k] = static_cast<unsigned char>(bright + random.below(100));
          }
        }
      }
      image::encode(where / fmt::format("{}.png", i), picture);
    }
  }
}

namespace {

std::string recipe(const fs::path& pictures, const std::string& rest) {
  return fmt::format(
      "name: tiny\n"
      "data: {{path: {}, held_out_share: 0.25}}\n"
      "augment: {{size: 16, brightness: 0.2, grey: 0.1}}\n"
      "batch: 4\n"
      "optimizer: {{learning_rate: 3e-3, clip_norm: 5}}\n"
      "average: 0.9\n"
      "evaluation: {{every: 5}}\n"
      "log_every: 3\n"
      "checkpoint: {{steps: 4}}\n"
      "{}",
      pictures.string(), rest);
}

constexpr const char* kCard =
    "    title: A tiny network\n"
    "    architecture: {builder: cifar_resnet, variant: \"20\"}\n"
    "    input: {mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], size: 16, resize: 18}\n";

constexpr const char* kThinVgg =
    "    title: A thin VGG\n"
    "    licence: none\n"
    "    input: {mean: [0.3, 0.3, 0.3], std: [0.2, 0.2, 0.2]}\n"
    "    architecture:\n"
    "      {builder: vgg, variant: \"11\", widths: [4, 4, 6, 6, 6, 6, 6, 6], padding: reflect,\n"
    "       projections: [{name: map, on: relu2_1, width: 8, alias: wide2_1}]}\n"
    "    layers: {content: [relu2_1], style: [relu1_1, wide2_1], probe: [\"relu*\"]}\n";

}  // namespace

std::string small_classification(const fs::path& pictures, const std::string& rest) {
  return recipe(pictures, fmt::format("student:\n  batch_norm: batch\n  card:\n{}"
                                      "objective: {{kind: classification, label_smoothing: 0.1}}\n",
                                      kCard)) +
         (rest.find("steps:") == std::string::npos ? "steps: 12\n" : "") + rest;
}

std::string small_distillation(const fs::path& pictures, const std::string& rest) {
  return recipe(pictures,
                fmt::format("student:\n  card:\n{}"
                            "objective:\n"
                            "  kind: distillation\n"
                            "  teachers:\n"
                            "    - network: vgg11\n"
                            "      weights: random:3\n"
                            "      set: {{architecture: {{widths: [4, 8, 8, 8, 8, 8, 8, 8]}}}}\n"
                            "      taps: {{relu1_1: relu1_1, wide2_1: relu2_1}}\n",
                            kThinVgg)) +
         (rest.find("steps:") == std::string::npos ? "steps: 12\n" : "") + rest;
}

TrainOptions options_of(const std::string& yaml, const fs::path& output) {
  TrainOptions options;
  options.recipe = Recipe::from(Config::from_text(yaml, "recipe"), "recipe");
  options.output = output;
  options.device = "cpu";
  options.threads = 1;
  return options;
}

}  // namespace strata::train

#pragma once

#include "image/tensor.hpp"
#include "nn/card.hpp"
#include "styletransfer/layers.hpp"
#include "styletransfer/losses/content_mse.hpp"
#include "styletransfer/losses/gram_style.hpp"
#include "styletransfer/losses/total_variation.hpp"
#include "styletransfer/losses/wasserstein_style.hpp"
#include "styletransfer/rewrites.hpp"
#include "styletransfer/schedule.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::styletransfer {

enum class ContentLoss {
  mse,              ///< content_mse.hpp
  scaled_mse,       ///< scaled_mse.hpp
  self_similarity,  ///< self_similarity.hpp
};
std::vector<std::string> content_loss_names();
ContentLoss content_loss_from(const std::string& name);
std::string content_loss_name(ContentLoss loss);

enum class StyleLoss {
  gram,         ///< gram_style.hpp
  scaled_gram,  ///< scaled_mse.hpp
  mean_std,     ///< mean_std_style.hpp
  w2,           ///< wasserstein_style.hpp
};
std::vector<std::string> style_loss_names();
StyleLoss style_loss_from(const std::string& name);
std::string style_loss_name(StyleLoss loss);

struct ContentSettings {
  double weight = 1.0;
  ContentLoss loss = ContentLoss::mse;
  int64_t samples = 1024;  ///< positions that self-similarity compares
  ContentNormalisation normalisation = ContentNormalisation::none;
  std::vector<LayerWeight> layers;  ///< empty: the card's
};

struct StyleSettings {
  double weight = 1.0;
  bool per_channels_squared = false;  ///< a layer's weight is divided by C^2
  StyleLoss loss = StyleLoss::gram;
  /// `target` means StyleScale::target to losses other than Gram's, everything else no scale.
  GramNormalisation normalisation = GramNormalisation::positions;
  double epsilon = 1e-4;  ///< of w2
  MatrixRoot root = MatrixRoot::exact;
  /// Weight of a mean-std loss beside the other; 0: none. Not divided by C^2.
  double mean_std_weight = 0.0;
  std::vector<LayerWeight> layers;  ///< empty: the card's
};

struct TotalVariationSettings {
  TotalVariationForm form = TotalVariationForm::l1_sum;
  double weight = 0.0;  ///< 0: no such term
};

struct OptimizerSettings {
  enum class Kind { lbfgs, adam } kind = Kind::lbfgs;
  int64_t history = 20;         ///< pairs of L-BFGS
  double learning_rate = 0.02;  ///< Adam's, in pixel units: pixel_scale is the picture's range
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;  ///< Adam's, of a gradient per pixel unit
};
/// "lbfgs" or "adam".
std::vector<std::string> optimizer_names();
OptimizerSettings::Kind optimizer_from(const std::string& name);

/// How the sides of a picture scaled to a long side become whole pixels.
enum class SideRounding {
  nearest,
  /// floor((long side / longest) * side) in float64, as tools written in Python do; the long side
  /// itself may come out one pixel shorter than asked for.
  down,
};

/// A way to do style transfer, as `configs/presets/NAME.yaml` states it.
struct Preset {
  std::string name;
  std::string title;
  std::string source;
  /// The card of the network that it takes where the user names none.
  std::string network;
  /// The weight family it belongs to ("vgg19-caffe"); empty: any network.
  std::string family;
  Rewrites rewrites;
  /// The range of a pixel in which total variation and learning rates are stated: 1, 255 or 256.
  double pixel_scale = 1.0;
  image::Interpolation interpolation = image::Interpolation::bicubic_antialias;
  /// Resized pictures are rounded to 8 bits, as tools built on PIL do.
  bool eight_bit = false;
  SideRounding sides = SideRounding::nearest;
  ContentSettings content;
  StyleSettings style;
  TotalVariationSettings total_variation;
  /// Where set, weights are calibrated on the two pictures (strength.hpp).
  std::optional<double> strength;
  std::string init = "content";
  /// Standard deviation of a random start about the network's mean colour, in pixel units.
  double random_sigma = 0.0;
  int64_t size = 512;  ///< long side
  ScheduleRule schedule;
  OptimizerSettings optimizer;
};

/// The folders of presets beside those of network cards.
std::vector<std::filesystem::path> preset_folders(const nn::ModelPaths& paths);
std::vector<std::string> preset_names(const nn::ModelPaths& paths);
/// `name` is a preset's name or a path to a YAML file. Strict: unknown names and keys are
/// UsageErrors with the nearest.
Preset load_preset(const std::string& name, const nn::ModelPaths& paths);

/// Throws UsageError where the preset belongs to another weight family than the card's.
void check_family(const Preset& preset, const nn::Card& card);

}  // namespace strata::styletransfer

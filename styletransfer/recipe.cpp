#include "styletransfer/recipe.hpp"

#include "styletransfer/pictures.hpp"
#include "styletransfer/strength.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace strata::styletransfer {
namespace {

void add_content(Objective& objective, const Recipe& recipe, const at::Tensor& picture) {
  const Backbone& backbone = objective.backbone();
  std::map<size_t, double> weights;
  for (const LayerWeight& layer : recipe.content) {
    weights[backbone.tap(layer.layer)] = recipe.preset.content.weight * layer.weight;
  }
  backbone.features(picture, [&](size_t tap, const at::Tensor& features) {
    if (!weights.contains(tap)) return;
    objective.add("content", tap, weights.at(tap),
                  make_content_mse(features, recipe.preset.content.normalisation));
  });
}

void add_style(Objective& objective, const Recipe& recipe, const at::Tensor& picture) {
  const Backbone& backbone = objective.backbone();
  const StyleSettings& style = recipe.preset.style;
  std::map<size_t, double> weights;
  for (const LayerWeight& layer : recipe.style) {
    weights[backbone.tap(layer.layer)] = style.weight * layer.weight;
  }
  backbone.features(picture, [&](size_t tap, const at::Tensor& features) {
    if (!weights.contains(tap)) return;
    const auto channels = static_cast<double>(features.size(1));
    const double weight =
        style.per_channels_squared ? weights.at(tap) / (channels * channels) : weights.at(tap);
    objective.add("style", tap, weight,
                  make_gram_style(channel_statistics(features), style.normalisation));
  });
}

}  // namespace

std::vector<std::string> Recipe::taps() const {
  std::vector<std::string> taps;
  for (const auto* layers : {&content, &style}) {
    for (const LayerWeight& layer : *layers) {
      if (std::find(taps.begin(), taps.end(), layer.layer) == taps.end()) {
        taps.push_back(layer.layer);
      }
    }
  }
  return taps;
}

std::unique_ptr<Objective> build_objective(std::shared_ptr<const Backbone> backbone,
                                           const Recipe& recipe,
                                           const at::Tensor& content_rgb_nchw_01,
                                           const at::Tensor& style_rgb_nchw_01) {
  const Preset& preset = recipe.preset;
  auto objective = std::make_unique<Objective>(std::move(backbone));
  add_content(*objective, recipe, content_rgb_nchw_01);
  add_style(*objective, recipe, style_rgb_nchw_01);
  if (preset.total_variation.weight > 0.0) {
    objective->add("tv", preset.total_variation.weight,
                   make_total_variation(preset.total_variation.form, preset.pixel_scale));
  }
  if (recipe.strength) {
    const Size size{content_rgb_nchw_01.size(2), content_rgb_nchw_01.size(3)};
    calibrate(*objective, anchors_of(*recipe.strength, preset.content.weight, preset.style.weight),
              content_rgb_nchw_01, resized(style_rgb_nchw_01, size, preset.interpolation));
  }
  return objective;
}

}  // namespace strata::styletransfer

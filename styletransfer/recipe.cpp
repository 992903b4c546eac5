#include "styletransfer/recipe.hpp"

#include "base/error.hpp"
#include "styletransfer/losses/scaled_mse.hpp"
#include "styletransfer/losses/self_similarity.hpp"
#include "styletransfer/masks/masked_term.hpp"
#include "styletransfer/pictures.hpp"
#include "styletransfer/strength.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace strata::styletransfer {
namespace {

std::unique_ptr<TapTerm> content_term(const Recipe& recipe, const at::Tensor& features) {
  const ContentSettings& content = recipe.preset.content;
  switch (content.loss) {
    case ContentLoss::mse:
      return make_content_mse(features, content.normalisation);
    case ContentLoss::scaled_mse:
      return make_content_scaled_mse(features);
    case ContentLoss::self_similarity:
      return make_self_similarity(features, {content.samples, recipe.seed});
  }
  throw Fault("a content loss that nothing makes");
}

std::unique_ptr<StatisticsTerm> style_term(const StyleSettings& style,
                                           const ChannelStatistics& target) {
  const StyleScale scale =
      style.normalisation == GramNormalisation::target ? StyleScale::target : StyleScale::none;
  switch (style.loss) {
    case StyleLoss::gram:
      return make_gram_style(target, style.normalisation);
    case StyleLoss::scaled_gram:
      return make_gram_scaled_mse(target);
    case StyleLoss::mean_std:
      return make_mean_std_style(target, scale);
    case StyleLoss::w2:
      return make_wasserstein_style(target,
                                    {.scale = scale, .epsilon = style.epsilon, .root = style.root});
  }
  throw Fault("a style loss that nothing makes");
}

std::map<size_t, double> by_tap(const Backbone& backbone, const std::vector<LayerWeight>& layers) {
  std::map<size_t, double> weights;
  for (const LayerWeight& layer : layers) weights[backbone.tap(layer.layer)] = layer.weight;
  return weights;
}

// tap -> H x W; empty where the mask is everywhere.
std::map<size_t, at::Tensor> layer_masks(const Masks& masks,
                                         const at::Tensor& mask,
                                         const std::string& region,
                                         const Backbone& backbone,
                                         const std::map<size_t, double>& layers) {
  if (!mask.defined()) return {};
  std::vector<size_t> taps;
  for (const auto& [tap, weight] : layers) taps.push_back(tap);
  return at_layers(masks, mask, region, backbone, taps);
}

constexpr const char* kOpaque = "of what is opaque in the content";

// Means are taken over the positions that take part.
std::unique_ptr<TapTerm> masked_content_term(const Recipe& recipe,
                                             const at::Tensor& features,
                                             const at::Tensor& mask) {
  return make_masked_content(content_term(recipe, weighted_features(features, mask)), mask);
}

double mass_factor(const ContentSettings& content, const at::Tensor& mask) {
  const bool mean =
      content.loss == ContentLoss::mse && content.normalisation == ContentNormalisation::none;
  return mean ? 1.0 / mask.mean(at::kDouble).item<double>() : 1.0;
}

void add_content(Objective& objective,
                 const Recipe& recipe,
                 const at::Tensor& picture,
                 const Masks& masks) {
  const Backbone& backbone = objective.backbone();
  const auto layers = by_tap(backbone, recipe.content);
  const auto opaque = layer_masks(masks, masks.content, kOpaque, backbone, layers);
  backbone.features(picture, [&](size_t tap, const at::Tensor& features) {
    if (!layers.contains(tap)) return;
    const double weight = recipe.preset.content.weight * layers.at(tap);
    if (!masks.content.defined()) {
      objective.add("content", tap, weight, content_term(recipe, features));
    } else if (opaque.contains(tap)) {
      const at::Tensor& mask = opaque.at(tap);
      objective.add("content", tap, weight * mass_factor(recipe.preset.content, mask),
                    masked_content_term(recipe, features, mask));
    }
  });
}

// What a layer is to be like in one region; shares add up to one.
struct Target {
  std::vector<ChannelStatistics> statistics;
  std::vector<double> shares;
};

std::map<size_t, Target> targets_of(const Region& region,
                                    const std::map<size_t, double>& layers,
                                    const Backbone& backbone,
                                    const std::vector<WeightedPicture>& pictures,
                                    const Masks& masks) {
  std::map<size_t, Target> targets;
  for (const Region::Source& source : region.sources) {
    const WeightedPicture& picture = pictures.at(source.style);
    const auto weights =
        layer_masks(masks, source.mask, region.name + " of the style", backbone, layers);
    backbone.features(picture.rgb_nchw_01, [&](size_t tap, const at::Tensor& features) {
      if (!layers.contains(tap) || (source.mask.defined() && !weights.contains(tap))) return;
      targets[tap].statistics.push_back(
          channel_statistics(features, source.mask.defined() ? weights.at(tap) : at::Tensor()));
      targets[tap].shares.push_back(picture.share);
    });
  }
  for (auto& [tap, target] : targets) {
    const double sum = std::accumulate(target.shares.begin(), target.shares.end(), 0.0);
    for (double& share : target.shares) share /= sum;
  }
  return targets;
}

// Where the terms of a layer hold, and with how much of the preset's weights.
struct Place {
  size_t tap;
  at::Tensor mask;  // undefined: everywhere
  std::string region;
  double share;
};

void add_style_target(Objective& objective,
                      const StyleSettings& style,
                      const Place& place,
                      const ChannelStatistics& target,
                      double share) {
  const auto channels = static_cast<double>(target.channels());
  const double divisor = style.per_channels_squared ? channels * channels : 1.0;
  const auto add = [&](double weight, std::unique_ptr<StatisticsTerm> term) {
    std::unique_ptr<TapTerm> placed;
    if (place.mask.defined()) {
      placed = make_masked_style(std::move(term), place.mask);
    } else {
      placed = std::move(term);
    }
    objective.add("style", place.tap, weight, std::move(placed), place.region);
  };
  add(style.weight * place.share * share / divisor, style_term(style, target));
  if (style.mean_std_weight > 0.0) {
    add(style.mean_std_weight * place.share * share, make_mean_std_style(target, StyleScale::none));
  }
}

void add_region(Objective& objective,
                const Recipe& recipe,
                const Region& region,
                double share,
                const std::vector<WeightedPicture>& pictures,
                const Masks& masks) {
  const Backbone& backbone = objective.backbone();
  const auto layers = by_tap(backbone, recipe.style);
  const auto places = layer_masks(masks, region.mask, region.name, backbone, layers);
  for (const auto& [tap, target] : targets_of(region, layers, backbone, pictures, masks)) {
    if (region.mask.defined() && !places.contains(tap)) continue;
    const Place place{tap, region.mask.defined() ? places.at(tap) : at::Tensor(), region.name,
                      layers.at(tap) * share};
    if (recipe.blend == Blend::targets) {
      add_style_target(objective, recipe.preset.style, place,
                       mixed(target.statistics, target.shares), 1.0);
      continue;
    }
    for (size_t i = 0; i < target.statistics.size(); ++i) {
      add_style_target(objective, recipe.preset.style, place, target.statistics[i],
                       target.shares[i]);
    }
  }
}

double mean_of(const at::Tensor& mask) {
  return mask.defined() ? mask.mean(at::kDouble).item<double>() : 1.0;
}

// Everything from everything.
Region whole_picture(const std::vector<WeightedPicture>& pictures) {
  Region whole;
  for (size_t i = 0; i < pictures.size(); ++i) whole.sources.push_back({i, {}});
  return whole;
}

// Returns how much of the content that takes part is in a region, at most 1.
double add_styles(Objective& objective,
                  const Recipe& recipe,
                  const std::vector<WeightedPicture>& pictures,
                  const Masks& masks) {
  if (masks.regions.empty()) {
    add_region(objective, recipe, whole_picture(pictures), 1.0, pictures, masks);
    return 1.0;
  }
  const double opaque = std::max(mean_of(masks.content), 1e-12);
  double covered = 0.0;
  for (const Region& region : masks.regions) {
    const double share = mean_of(region.mask) / opaque;
    add_region(objective, recipe, region, share, pictures, masks);
    covered += share;
  }
  return std::min(covered, 1.0);
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
                                           const std::vector<WeightedPicture>& styles,
                                           const Masks& masks) {
  const Preset& preset = recipe.preset;
  auto objective = std::make_unique<Objective>(std::move(backbone));
  add_content(*objective, recipe, content_rgb_nchw_01, masks);
  const double covered = add_styles(*objective, recipe, styles, masks);
  if (preset.total_variation.weight > 0.0) {
    objective->add("tv", preset.total_variation.weight,
                   make_total_variation(preset.total_variation.form, preset.pixel_scale));
  }
  if (recipe.strength) {
    const Size size{content_rgb_nchw_01.size(2), content_rgb_nchw_01.size(3)};
    std::vector<WeightedPicture> replacing;
    for (const WeightedPicture& style : styles) {
      replacing.push_back({resized(style.rgb_nchw_01, size, preset.interpolation), style.share});
    }
    calibrate(*objective, anchors_of(*recipe.strength, preset.content.weight, preset.style.weight),
              content_rgb_nchw_01, replacing);
    // A pixel's style is to weigh the same against its content however small the regions are.
    if (covered < 1.0) objective->scale_weights("style", covered);
  }
  return objective;
}

std::unique_ptr<Objective> build_objective(std::shared_ptr<const Backbone> backbone,
                                           const Recipe& recipe,
                                           const at::Tensor& content_rgb_nchw_01,
                                           const at::Tensor& style_rgb_nchw_01) {
  return build_objective(std::move(backbone), recipe, content_rgb_nchw_01,
                         std::vector<WeightedPicture>{{style_rgb_nchw_01, 1.0}});
}

void check_masks(const Backbone& backbone, const Recipe& recipe, const Masks& masks) {
  if (masks.content.defined() && recipe.preset.content.loss == ContentLoss::self_similarity) {
    throw UsageError(
        "content_loss: self-similarity compares positions drawn from the whole picture, and the "
        "content picture is transparent in places; take mse");
  }
  layer_masks(masks, masks.content, kOpaque, backbone, by_tap(backbone, recipe.content));
  const auto layers = by_tap(backbone, recipe.style);
  for (const Region& region : masks.regions) {
    layer_masks(masks, region.mask, region.name, backbone, layers);
    for (const Region::Source& source : region.sources) {
      layer_masks(masks, source.mask, region.name + " of the style", backbone, layers);
    }
  }
}

}  // namespace strata::styletransfer

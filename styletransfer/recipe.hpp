#pragma once

#include "styletransfer/masks/regions.hpp"
#include "styletransfer/objective.hpp"
#include "styletransfer/preset.hpp"
#include "styletransfer/styles.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// A preset with everything that a user and a network had to say about it.
struct Recipe {
  Preset preset;
  std::vector<LayerWeight> content;
  std::vector<LayerWeight> style;
  std::optional<double> strength;
  Blend blend = Blend::targets;
  uint64_t seed = 0;  ///< draws the positions of a content loss that samples
  /// All layers, each once.
  std::vector<std::string> taps() const;
};

/// The objective of a recipe for a content picture and styles, each 1 x 3 x H x W, RGB in [0, 1];
/// pictures to be judged by it have the content's size. Targets are computed here, without
/// gradient. Calibrated where the recipe has a strength. With masks (of these pictures' sizes) a
/// region's style terms weigh as much as its share of the content that takes part.
std::unique_ptr<Objective> build_objective(std::shared_ptr<const Backbone> backbone,
                                           const Recipe& recipe,
                                           const at::Tensor& content_rgb_nchw_01,
                                           const std::vector<WeightedPicture>& styles,
                                           const Masks& masks = {});
/// With one style.
std::unique_ptr<Objective> build_objective(std::shared_ptr<const Backbone> backbone,
                                           const Recipe& recipe,
                                           const at::Tensor& content_rgb_nchw_01,
                                           const at::Tensor& style_rgb_nchw_01);

/// Throws for whatever can be wrong with masks: a region that leaves nothing at a layer
/// (InputError), a content loss that knows no positions (UsageError).
void check_masks(const Backbone& backbone, const Recipe& recipe, const Masks& masks);

}  // namespace strata::styletransfer

#pragma once

#include "styletransfer/objective.hpp"
#include "styletransfer/preset.hpp"

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
  /// All layers, each once.
  std::vector<std::string> taps() const;
};

/// The objective of a recipe for a content and a style picture, each 1 x 3 x H x W, RGB in [0, 1];
/// pictures to be judged by it have the content's size. Targets are computed here, without
/// gradient. Calibrated where the recipe has a strength.
std::unique_ptr<Objective> build_objective(std::shared_ptr<const Backbone> backbone,
                                           const Recipe& recipe,
                                           const at::Tensor& content_rgb_nchw_01,
                                           const at::Tensor& style_rgb_nchw_01);

}  // namespace strata::styletransfer

#pragma once

#include "styletransfer/objective.hpp"
#include "styletransfer/pictures.hpp"

#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// What the two pictures are to cost.
struct Anchors {
  double unpainted = 0.5;  ///< the style loss of the content picture as it is
  double replaced = 0.5;   ///< the content loss of the style picture in its place
};

/// s w_style and (1 - s) w_content for a strength s in [0, 1].
Anchors anchors_of(double strength, double content_weight, double style_weight);

/// Turns the weights of `objective` so that it becomes
///   a L_style(x) / L_style(content picture) + b L_content(x) / L_content(style picture)
/// with a = unpainted and b = replaced; regularisers keep their weights. The two losses are
/// measured here and stay, so that a and b mean the same on every network and at every size.
/// `styles_at_content_size` are the style pictures brought to the content's height and width;
/// L_content(style picture) is their mean, weighted by their shares. A loss
/// that is (nearly) nothing, as for two equal pictures, is replaced by a millionth of that of
/// silent features.
void calibrate(Objective& objective,
               const Anchors& anchors,
               const at::Tensor& content_rgb_nchw_01,
               const std::vector<WeightedPicture>& styles_at_content_size);

}  // namespace strata::styletransfer

#pragma once

#include "styletransfer/objective.hpp"

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// Turns the weights of `objective` so that it becomes
///   s L_style(x) / L_style(content picture) + (1 - s) L_content(x) / L_content(style picture)
/// for a strength s in [0, 1]; regularisers keep their weights. The two anchors are measured here
/// and stay: leaving the content picture as it is costs s, replacing it by the style picture costs
/// 1 - s, on every network and at every size. `style_at_content_size` is the style picture brought
/// to the content's height and width. An anchor that is (nearly) nothing, as for two equal
/// pictures, is replaced by a millionth of the loss of silent features.
void calibrate_strength(Objective& objective,
                        double strength,
                        const at::Tensor& content_rgb_nchw_01,
                        const at::Tensor& style_at_content_size);

}  // namespace strata::styletransfer

#pragma once

#include "nn/graph.hpp"

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// Which positions of a layer belong to a region of the picture (Gatys et al. 2017, Controlling
/// Perceptual Factors in Neural Style Transfer, section 4.1).
enum class MaskRule {
  /// The minimum over the position's receptive field: a position counts as far as all that it sees
  /// lies inside, so that a term on the region has no gradient to a pixel outside it.
  inside,
  simple,  ///< the mask's mean over the area that the position stands for
  all,     ///< the maximum over the receptive field: positions that see anything of the region
};
std::vector<std::string> mask_rule_names();
MaskRule mask_rule_from(const std::string& name);
std::string mask_rule_name(MaskRule rule);

/// A mask (H x W, in [0, 1]) of a picture at the nodes `taps` of a graph, each H' x W' in [0, 1].
/// Padding with a copy of the picture (reflect, replicate, circular) is seen as what it copies;
/// other padding is not seen. The taps must have positions; a picture too small is an InputError.
std::vector<at::Tensor> propagate(const nn::Graph& graph,
                                  const std::vector<nn::NodeId>& taps,
                                  const at::Tensor& mask,
                                  MaskRule rule);

}  // namespace strata::styletransfer

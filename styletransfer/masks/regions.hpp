#pragma once

#include "styletransfer/backbone.hpp"
#include "styletransfer/masks/mask_file.hpp"
#include "styletransfer/masks/propagation.hpp"
#include "styletransfer/styles.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

// Masks are 1 x 1 x H x W, in [0, 1], of their picture's size; an undefined mask is everywhere.

/// Part of the content that takes its style from parts of the styles.
struct Region {
  struct Source {
    size_t style = 0;  ///< which of the styles
    at::Tensor mask;
  };
  std::string name;
  at::Tensor mask;  ///< on the content
  std::vector<Source> sources;
};

/// Which parts of the pictures take part in which terms.
struct Masks {
  MaskRule rule = MaskRule::inside;
  at::Tensor content;           ///< the content picture's opacity
  std::vector<Region> regions;  ///< none: all of the content from all of the styles
  /// At coarse scales a region that is too small for a layer goes without it; at the last one it is
  /// an error.
  bool may_leave_out = false;
  /// No mask was given, only transparency: a layer that sees nothing of the opaque part without its
  /// surroundings takes the positions that lie in it (the rule `simple`) instead of failing.
  bool only_alpha = false;
};

/// What the user says about masks: see load_masks.
struct MaskFiles {
  std::vector<std::string> content;
  std::vector<std::string> style;
  std::string rule = "inside";
};

/// Reads and pairs the masks:
///   one label picture for the content and one a style: a region a colour, from every style that
///     has the colour; a colour of the content that no style has is an error;
///   several soft masks for the content: the k-th region is styled by the k-th style picture, or by
///     the k-th style mask where there is one style picture;
///   one soft mask for the content, or none: that part, or all of it, from the masked parts of the
///     styles (a style mask for each, or none at all).
/// Transparent parts of the pictures take no part. Throws UsageError and InputError.
Masks load_masks(const MaskFiles& files,
                 const SourcePicture& content,
                 const std::vector<StylePicture>& styles);

/// The masks for pictures of these sizes.
Masks masks_at(const Masks& masks, Size content, const std::vector<Size>& styles);

/// A mask at the layers `taps` of a backbone, tap -> H x W on the backbone's device. A layer at
/// which nothing is left of it is an InputError that names it and the region, or is left out where
/// `masks` may.
std::map<size_t, at::Tensor> at_layers(const Masks& masks,
                                       const at::Tensor& mask,
                                       const std::string& region,
                                       const Backbone& backbone,
                                       const std::vector<size_t>& taps);

}  // namespace strata::styletransfer

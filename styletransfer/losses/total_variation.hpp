#pragma once

#include "styletransfer/losses/term.hpp"

#include <memory>
#include <string>
#include <vector>

namespace strata::styletransfer {

/// Differences between neighbours, d over rows and over columns, of the picture in pixel units
/// u = pixel_scale * x (x in [0, 1]; 255 gives the tools' 8-bit units).
enum class TotalVariationForm {
  l1_sum,        ///< sum |d|, all neighbours (neural-style-pt); subgradient 0 at d = 0
  squared_sum,   ///< 1/2 sum d^2 over the first H - 1 rows and W - 1 columns (neural-style)
  squared_mean,  ///< sum d^2 / (3 H W), all neighbours (style-transfer-pytorch, 2021)
  /// 2/3 (mean dx^2 + mean dy^2) + 1/6 (mean of d^2 along each diagonal) of the picture with its
  /// border repeated once on every side (style-transfer-pytorch, 2023)
  nine_point_mean
};
std::vector<std::string> total_variation_names();
TotalVariationForm total_variation_from(const std::string& name);

/// Exact gradient; local, so tileable.
std::unique_ptr<Regulariser> make_total_variation(TotalVariationForm form, double pixel_scale);

}  // namespace strata::styletransfer

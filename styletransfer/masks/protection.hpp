#pragma once

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// Where the content must stay. With p the protect map (1 x 1 x H x W, in [0, 1]) and c the
/// content, what is optimised is u, and the picture is
///   x(u) = p c + (1 - p) u,    dL/du = (1 - p) dL/dx.
/// So a pixel with p = 1 is the content's and never moves, the gradient that an optimiser sees is
/// the true one of what it changes (L-BFGS's line search and curvature stay right), and a soft map
/// leaves no border.
class Protection {
 public:
  Protection(const at::Tensor& map, const at::Tensor& content_rgb_nchw_01);

  at::Tensor picture(const at::Tensor& u) const;
  at::Tensor gradient(const at::Tensor& to_picture) const;
  /// The picture to show: with u held in [0, 1], so that no pixel is further from the content than
  /// 1 - p.
  at::Tensor shown(const at::Tensor& u) const;

 private:
  at::Tensor kept_;  // p c
  at::Tensor free_;  // 1 - p
};

}  // namespace strata::styletransfer

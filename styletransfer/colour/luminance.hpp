#pragma once

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

// The split into luma and chroma is that of BT.601, full range, on gamma-encoded sRGB, as in JPEG:
// Y = 0.299 R + 0.587 G + 0.114 B, Cb = (B - Y) / 1.772, Cr = (R - Y) / 1.402. It is linear, so
// chroma can be kept exactly.

/// N x 1 x H x W of N x 3 x H x W.
at::Tensor luma(const at::Tensor& rgb_nchw);

/// The luma of `result` with the chroma of `content`, a picture of the same size:
/// content + Y(result) - Y(content). Not clipped: values may leave [0, 1].
at::Tensor with_chroma_of(const at::Tensor& content, const at::Tensor& result);

struct InGamut {
  at::Tensor rgb;        ///< in [0, 1]
  double clipped = 0.0;  ///< share of the pixels that were outside
};
/// Pixels outside [0, 1] are brought in by taking from their chroma; luma (clamped) and hue stay,
/// where clamping each channel would change both.
InGamut into_gamut(const at::Tensor& rgb_nchw);

}  // namespace strata::styletransfer

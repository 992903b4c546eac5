#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace strata::stats {

/// Channel statistics of features F (C x N, N = H * W positions):
///   mean  m = F 1 / N            (C)
///   second moment  S = F F^T / N (C x C); the Gram matrix of the literature is S / C or F F^T.
/// Sums are kept in float64 on the CPU, so that many pictures or tiles can be added and two
/// accumulators merged in any order with the same result up to fp64 rounding.
class ChannelMoments {
 public:
  /// Adds features n x C x H x W (float, bfloat16 or double; any layout): all n * H * W positions.
  /// The product is computed in float32 (float64 for double input) per picture.
  void add(const at::Tensor& features);
  /// The same restricted to rows [top, bottom) and columns [left, right): a tile's interior.
  void add(const at::Tensor& features, int64_t top, int64_t bottom, int64_t left, int64_t right);
  void merge(const ChannelMoments& other);

  int64_t positions() const { return positions_; }
  int64_t channels() const;
  at::Tensor mean() const;           ///< C, float64
  at::Tensor second_moment() const;  ///< C x C, float64, symmetric
  at::Tensor covariance() const;     ///< S - m m^T

 private:
  at::Tensor sum_;      // C
  at::Tensor product_;  // C x C
  int64_t positions_ = 0;
};

/// F F^T per picture: n x C x H x W -> n x C x C in the dtype of the features, without dividing.
at::Tensor feature_products(const at::Tensor& features);

/// Upper triangle of each n x C x C symmetric matrix, off-diagonals times sqrt(2), so that dot
/// products are Frobenius products: n x C(C+1)/2, row-major (0,0), (0,1), ...
at::Tensor upper_triangle(const at::Tensor& symmetric);

}  // namespace strata::stats

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
  /// Adds features n x C x H x W (float, bfloat16 or double; any layout and device): all n * H * W
  /// positions. Products are taken in float32 (float64 for double features) over blocks of
  /// positions and added up in float64. Throws NumericalError where a feature is not finite, and
  /// Fault where C differs from what was added before; then nothing is added.
  void add(const at::Tensor& features);
  /// The same restricted to rows [top, bottom) and columns [left, right): a tile's interior. An
  /// empty one adds nothing.
  void add(const at::Tensor& features, int64_t top, int64_t bottom, int64_t left, int64_t right);
  /// As if all that `other` was given had been added here.
  void merge(const ChannelMoments& other);

  int64_t positions() const { return positions_; }
  /// 0 before anything is added.
  int64_t channels() const { return sum_.defined() ? sum_.size(0) : 0; }

  // These need at least one position.
  at::Tensor mean() const;           ///< C, float64
  at::Tensor second_moment() const;  ///< C x C, float64, exactly symmetric
  at::Tensor covariance() const;     ///< S - m m^T

 private:
  void add_sums(const at::Tensor& sum, const at::Tensor& product, int64_t positions);

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

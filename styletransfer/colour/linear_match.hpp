#pragma once

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

// Linear colour matching after Gatys et al. 2016, "Preserving color in neural artistic style
// transfer": x -> A (x - mean_s) + mean_c with A cov_s A^T = cov_c.

/// A variance below that of rounding to 8 bits, 1 / (12 * 255^2), carries no colour: along such
/// directions of the style, as all chroma of a grey picture, A is the identity, and the result has
/// no more colour than the style had.
inline constexpr double kNoVariance = 1.0 / (12.0 * 255.0 * 255.0);

/// Mean (3) and population covariance (3 x 3) of colours, double.
struct ColourMoments {
  at::Tensor mean;
  at::Tensor covariance;
};
/// Of 3 x N colours, float or double; sums are double.
ColourMoments colour_moments(const at::Tensor& colours);

enum class LinearForm {
  chol,  ///< A = L_c L_s^-1, Cholesky factors
  pca,   ///< A = U_c (D_c / D_s)^1/2 U_s^T, axes by size, turned so that U_s^T U_c is >= 0
  sym,   ///< A = Q^-1 (Q cov_c Q)^1/2 Q^-1 with Q = cov_s^1/2: the optimal transport
};

/// colour -> matrix colour + offset.
struct LinearMap {
  at::Tensor matrix;  ///< 3 x 3, double
  at::Tensor offset;  ///< 3
  /// 3 x N colours in their own dtype; nothing is clipped.
  at::Tensor operator()(const at::Tensor& colours) const;
};

LinearMap linear_match(const ColourMoments& style, const ColourMoments& content, LinearForm form);

/// Variances (3, ascending, none negative) and axes (the columns of 3 x 3) of a covariance.
struct ColourAxes {
  at::Tensor variances;
  at::Tensor axes;
};
ColourAxes colour_axes(const at::Tensor& covariance);
/// The axes with each turned so that its product with the same one of `other` is not negative.
at::Tensor turned_like(const at::Tensor& axes, const at::Tensor& other);

}  // namespace strata::styletransfer

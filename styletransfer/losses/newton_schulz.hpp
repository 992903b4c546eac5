#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

// Square roots by a fixed number of Newton-Schulz steps, as style-transfer-pytorch takes them: not
// converged where eigenvalues are spread widely, and so a loss of its own.

/// About A^(1/2) of a symmetric positive semidefinite matrix, C x C, from the coupled iteration
///   Y <- Y T, Z <- T Z, T = (3 I - Z Y) / 2  on A / |A|_F  (Higham 2008, equation 6.35).
/// Zero for zero.
at::Tensor newton_schulz_root(const at::Tensor& matrix, int64_t steps);

/// About d tr(A^(1/2)) / dA = A^(-1/2) / 2 from the root Z: Q of the Lyapunov equation
/// Z Q + Q Z = I, by as many steps of
///   Q <- Q (3 I - Z^2) / 2, Z <- Z (3 I - Z^2) / 2  on Z / |Z|_F.
at::Tensor newton_schulz_root_trace_gradient(const at::Tensor& root, int64_t steps);

}  // namespace strata::styletransfer

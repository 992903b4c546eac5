#pragma once

#include "styletransfer/losses/channel_statistics.hpp"
#include "styletransfer/losses/mean_std_style.hpp"

#include <memory>
#include <string>
#include <vector>

namespace strata::styletransfer {

/// How the square roots of matrices are taken.
enum class MatrixRoot {
  exact,
  newton_schulz,  ///< twelve steps, as style-transfer-pytorch: some per cent off, its own minimum
};
std::vector<std::string> matrix_root_names();
MatrixRoot matrix_root_from(const std::string& name);

struct WassersteinSettings {
  StyleScale scale = StyleScale::none;
  /// Added to the diagonals of both covariances: in features squared, with StyleScale::target in
  /// units of the target's mean variance. It bounds the gradient where the picture has no variance
  /// and the style has. Zero is allowed.
  double epsilon = 1e-4;
  MatrixRoot root = MatrixRoot::exact;
};

/// Style as a Gaussian N(m, V), V = S - m m^T + epsilon I, C channels; the squared Wasserstein
/// distance of order 2 (Olkin and Pukelsheim 1982), per channel:
///   loss = (|m - m'|^2 + tr(V + V' - 2 (V'^(1/2) V V'^(1/2))^(1/2))) / C,
/// the division by C replaced with StyleScale::target. The form is style-transfer-pytorch's of
/// 2023.
///
/// With exact roots: from V = A A^T, V' = A' A'^T and the singular values of A'^T A, so that no
/// eigenvalue is squared. The value is a sum of squares, zero at the target, never NaN, whatever
/// the ranks; exact gradient. With Newton-Schulz roots the gradient is not quite the value's.
std::unique_ptr<StatisticsTerm> make_wasserstein_style(const ChannelStatistics& target,
                                                       const WassersteinSettings& settings);

}  // namespace strata::styletransfer

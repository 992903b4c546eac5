#pragma once

#include "styletransfer/losses/term.hpp"

#include <cstdint>
#include <memory>

namespace strata::styletransfer {

struct SelfSimilaritySettings {
  int64_t samples = 1024;  ///< positions that are compared, at most all of them
  uint64_t seed = 0;       ///< draws them
};

/// Content as structure: which places of the picture are alike, whatever they look like (Kolkin,
/// Salavon and Shakhnarovich 2019, STROTSS, equation 8). For features f_i at n positions,
///   D_ij = 1 - cos(f_i, f_j),  R_ij = D_ij / sum_k D_kj,
///   loss = mean over j of sum over i of |R_ij - R'_ij|,  between 0 and 2.
/// Blind to colour and texture that change everywhere alike, and to the scale of features. Exact
/// gradient but for kinks where R = R'. Positions are compared across the whole picture: not
/// tileable. Features of another size than the target's are a Fault.
std::unique_ptr<TapTerm> make_self_similarity(const at::Tensor& target,
                                              const SelfSimilaritySettings& settings);

}  // namespace strata::styletransfer

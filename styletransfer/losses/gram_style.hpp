#pragma once

#include "styletransfer/losses/channel_statistics.hpp"

#include <memory>
#include <string>
#include <vector>

namespace strata::styletransfer {

/// What the Gram matrix of features F (C x N) is divided by.
enum class GramNormalisation {
  positions,           ///< G = F F^T / N         (Gatys, NeuralImageSynthesis)
  channels_positions,  ///< G = F F^T / (C N)     (neural-style, neural-style-pt)
  target,              ///< G = F F^T / N over the root mean square of the target's: 1 at G = 0
};
std::vector<std::string> gram_normalisation_names();
GramNormalisation gram_normalisation_from(const std::string& name);

/// Style as in Gatys, Ecker and Bethge 2016 (equations 3 to 5, without their constant):
///   loss = mean over the C x C entries of (G(F) - G_target)^2.
/// The target's number of positions may be another than the picture's. Exact gradient.
std::unique_ptr<StatisticsTerm> make_gram_style(const ChannelStatistics& target,
                                                GramNormalisation normalisation);

}  // namespace strata::styletransfer

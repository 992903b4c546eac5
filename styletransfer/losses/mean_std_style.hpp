#pragma once

#include "styletransfer/losses/channel_statistics.hpp"

#include <memory>

namespace strata::styletransfer {

/// What a style loss other than Gram's is divided by.
enum class StyleScale {
  none,    ///< nothing: per channel, in the features' units squared
  target,  ///< what the loss is for silent features: 1 at F = 0, alike on every layer and network
};

/// Style as the means and standard deviations of channels (Huang and Belongie 2017, AdaIN, equation
/// 12, with mean squares in place of norms, as in their code):
///   loss = mean_c (m_c - m'_c)^2 + mean_c (s_c - s'_c)^2,  s_c^2 = S_cc - m_c^2.
/// Exact gradient; that of a channel without variance is taken as zero.
std::unique_ptr<StatisticsTerm> make_mean_std_style(const ChannelStatistics& target,
                                                    StyleScale scale);

}  // namespace strata::styletransfer

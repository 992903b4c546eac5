#pragma once

#include "styletransfer/losses/channel_statistics.hpp"

#include <memory>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// A style term that sees the statistics of the features weighted by position (H x W, in [0, 1],
/// not all zero). Its gradient is exactly zero where the weight is.
std::unique_ptr<TapTerm> make_masked_style(std::unique_ptr<StatisticsTerm> term,
                                           const at::Tensor& weights);

/// sqrt(w_p) F_p: a squared difference of features weighted like this is weighted by w.
at::Tensor weighted_features(const at::Tensor& features, const at::Tensor& weights);

/// A content term whose target is of `weighted_features`, at features that are not weighted yet.
/// Its gradient is exactly zero where the weight is.
std::unique_ptr<TapTerm> make_masked_content(std::unique_ptr<TapTerm> term,
                                             const at::Tensor& weights);

}  // namespace strata::styletransfer

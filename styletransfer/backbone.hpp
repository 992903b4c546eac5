#pragma once

#include "nn/network.hpp"
#include "nn/plan.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// A frozen network with its taps, planned for both things style transfer needs: features alone,
/// and features with the gradient to the picture. Pictures are 1 x 3 x H x W, RGB in [0, 1]; the
/// card's preprocessing and its derivative happen inside.
class Backbone {
 public:
  /// `taps`: names or aliases of nodes of network.graph; each node counts once.
  Backbone(nn::Network network, const std::vector<std::string>& taps, const nn::Policy& policy);

  const nn::Network& network() const { return network_; }
  const nn::Policy& policy() const { return policy_; }
  size_t tap_count() const { return taps_.size(); }
  /// The index of a node by any of its names; a node that is no tap is a Fault.
  size_t tap(const std::string& name) const;
  /// What people call the tap ("relu4_2").
  const std::string& title(size_t tap) const;
  /// Channels x height x width of a tap for a picture of this size; a picture too small for the
  /// network is an InputError.
  std::vector<int64_t> feature_shape(size_t tap, int64_t height, int64_t width) const;

  /// The dtype and device of pictures that are optimised.
  at::TensorOptions picture_options() const;

  /// Features without gradient, one tap after the other; each lives only as long as its visit
  /// unless it is kept, and must not be changed.
  void features(const at::Tensor& rgb_nchw_01,
                const std::function<void(size_t tap, const at::Tensor& features)>& visit) const;

  using Pass = nn::GradientPlan::Pass;
  /// Features of all taps, kept for one `backward`.
  Pass forward(const at::Tensor& rgb_nchw_01) const;
  /// dL/dpicture in the picture's dtype, contiguous; undefined tap gradients count as zero.
  at::Tensor backward(Pass&& pass, const std::vector<at::Tensor>& tap_gradients) const;

 private:
  nn::Network network_;
  nn::Policy policy_;
  std::vector<nn::NodeId> taps_;
  nn::InferencePlan inference_;
  nn::GradientPlan gradient_;
};

}  // namespace strata::styletransfer

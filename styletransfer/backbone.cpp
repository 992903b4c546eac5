#include "styletransfer/backbone.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

std::vector<nn::NodeId> nodes_of(const nn::Graph& graph, const std::vector<std::string>& names) {
  std::vector<nn::NodeId> nodes;
  for (const std::string& name : names) nodes.push_back(graph.find(name));
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  STRATA_CHECK(!nodes.empty(), "a backbone without taps");
  return nodes;
}

}  // namespace

Backbone::Backbone(nn::Network network,
                   const std::vector<std::string>& taps,
                   const nn::Policy& policy)
    : network_(std::move(network)),
      policy_(policy),
      taps_(nodes_of(network_.graph, taps)),
      inference_(network_.graph, network_.parameters, taps_, policy),
      gradient_(network_.graph, network_.parameters, taps_, policy) {}

size_t Backbone::tap(const std::string& name) const {
  const nn::NodeId node = network_.graph.find(name);
  const auto found = std::find(taps_.begin(), taps_.end(), node);
  STRATA_CHECK(found != taps_.end(), name + " is not tapped");
  return static_cast<size_t>(found - taps_.begin());
}

const std::string& Backbone::title(size_t tap) const { return network_.graph.title(taps_.at(tap)); }

std::vector<int64_t> Backbone::feature_shape(size_t tap, int64_t height, int64_t width) const {
  const auto shapes = network_.graph.shapes({1, 3, height, width});
  const nn::Shape& shape = shapes.at(taps_.at(tap));
  return {shape.begin() + 1, shape.end()};
}

at::TensorOptions Backbone::picture_options() const {
  // Low precisions are for activations; the picture itself keeps float32.
  const auto type = policy_.precision == at::kDouble ? at::kDouble : at::kFloat;
  return at::TensorOptions().dtype(type).device(policy_.device);
}

void Backbone::features(const at::Tensor& rgb_nchw_01,
                        const std::function<void(size_t, const at::Tensor&)>& visit) const {
  inference_.run(nn::preprocess(rgb_nchw_01, network_.card.input), visit);
}

Backbone::Pass Backbone::forward(const at::Tensor& rgb_nchw_01) const {
  const c10::NoGradGuard no_grad;
  return gradient_.forward(nn::preprocess(rgb_nchw_01, network_.card.input));
}

at::Tensor Backbone::backward(Pass&& pass, const std::vector<at::Tensor>& tap_gradients) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor to_input = gradient_.backward(std::move(pass), tap_gradients)
                                  .to(picture_options().dtype().toScalarType());
  return nn::preprocess_backward(to_input, network_.card.input).contiguous();
}

}  // namespace strata::styletransfer

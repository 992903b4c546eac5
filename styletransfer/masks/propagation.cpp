#include "styletransfer/masks/propagation.hpp"

#include "base/enum_names.hpp"
#include "base/error.hpp"
#include "image/tensor.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

const EnumNames<MaskRule>& rules() {
  static const EnumNames<MaskRule> names(
      "mask_rule:",
      {{"inside", MaskRule::inside}, {"simple", MaskRule::simple}, {"all", MaskRule::all}});
  return names;
}

// The mask of an op's output from those of its inputs, 1 x 1 x H x W. For `inside` everything is
// negated, so that one maximum serves both rules and minus infinity is what is not seen.
struct Spread {
  const std::vector<at::Tensor>& inputs;

  at::Tensor largest_of_inputs() const {
    at::Tensor largest = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) largest = at::maximum(largest, inputs[i]);
    return largest;
  }

  static at::Tensor padded(const nn::Conv2d& c, const at::Tensor& x) {
    const std::vector<int64_t> sides{c.padding[1], c.padding[1], c.padding[0], c.padding[0]};
    switch (c.fill) {
      case nn::Padding::zeros:
        return at::constant_pad_nd(x, sides, -std::numeric_limits<double>::infinity());
      case nn::Padding::reflect:
        return at::pad(x, sides, "reflect");
      case nn::Padding::replicate:
        return at::pad(x, sides, "replicate");
      case nn::Padding::circular:
        return at::pad(x, sides, "circular");
    }
    throw Fault("an unknown padding");
  }

  at::Tensor operator()(const nn::Conv2d& c) const {
    return at::max_pool2d(padded(c, inputs[0]), c.kernel, c.stride, {0, 0}, c.dilation);
  }
  at::Tensor operator()(const nn::Pool2d& p) const {
    return at::max_pool2d(inputs[0], p.kernel, p.stride, p.padding, {1, 1}, p.ceil);
  }
  at::Tensor operator()(const nn::AdaptiveAveragePool2d& p) const {
    return std::get<0>(at::adaptive_max_pool2d(inputs[0], p.size));
  }
  at::Tensor operator()(const nn::ShortcutA& s) const {
    return inputs[0].slice(2, 0, std::nullopt, s.stride).slice(3, 0, std::nullopt, s.stride);
  }
  at::Tensor operator()(const nn::Input&) const { return inputs[0]; }
  at::Tensor operator()(const nn::Relu&) const { return inputs[0]; }
  at::Tensor operator()(const nn::BatchNorm2d&) const { return inputs[0]; }
  at::Tensor operator()(const nn::Dropout&) const { return inputs[0]; }
  at::Tensor operator()(const nn::Add&) const { return largest_of_inputs(); }
  at::Tensor operator()(const nn::Concat&) const { return largest_of_inputs(); }
  at::Tensor operator()(const nn::Flatten&) const { throw Fault("a mask without positions"); }
  at::Tensor operator()(const nn::Linear&) const { throw Fault("a mask without positions"); }
};

// All nodes up to the deepest tap; a position that sees nothing but padding has no part in it.
std::vector<at::Tensor> spread(const nn::Graph& graph, nn::NodeId last, const at::Tensor& mask) {
  std::vector<at::Tensor> masks;
  for (nn::NodeId id = 0; id <= last; ++id) {
    const nn::Node& node = graph.node(id);
    std::vector<at::Tensor> inputs;
    for (const nn::NodeId input : node.inputs) inputs.push_back(masks[input]);
    if (inputs.empty()) inputs.push_back(mask);
    masks.push_back(std::visit(Spread{inputs}, node.op));
  }
  return masks;
}

}  // namespace

std::vector<std::string> mask_rule_names() { return rules().names(); }
MaskRule mask_rule_from(const std::string& name) { return rules().value(name); }
std::string mask_rule_name(MaskRule rule) { return rules().name(rule); }

std::vector<at::Tensor> propagate(const nn::Graph& graph,
                                  const std::vector<nn::NodeId>& taps,
                                  const at::Tensor& mask,
                                  MaskRule rule) {
  STRATA_CHECK(mask.dim() == 2 && !taps.empty(), "a mask is H x W");
  const c10::NoGradGuard no_grad;
  const auto shapes = graph.shapes({1, 3, mask.size(0), mask.size(1)});
  const at::Tensor plane = mask.to(at::kCPU, at::kFloat).view({1, 1, mask.size(0), mask.size(1)});
  std::vector<at::Tensor> at_taps;
  if (rule == MaskRule::simple) {
    for (const nn::NodeId tap : taps) {
      const nn::Shape& shape = shapes.at(tap);
      STRATA_CHECK(shape.size() == 4, "a mask without positions");
      at_taps.push_back(image::resize(plane, shape[2], shape[3], image::Interpolation::area)[0][0]);
    }
    return at_taps;
  }
  const double sign = rule == MaskRule::inside ? -1.0 : 1.0;
  const nn::NodeId last = *std::max_element(taps.begin(), taps.end());
  const auto masks = spread(graph, last, plane * sign);
  for (const nn::NodeId tap : taps) {
    const at::Tensor seen = masks[tap] * sign;
    at_taps.push_back(seen.masked_fill(seen.isinf(), 0.0)[0][0]);
    STRATA_CHECK(
        at_taps.back().size(0) == shapes[tap][2] && at_taps.back().size(1) == shapes[tap][3],
        "a mask of another size than its layer");
  }
  return at_taps;
}

}  // namespace strata::styletransfer

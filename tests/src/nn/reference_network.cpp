#include "reference_network.hpp"

#include "base/random.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::nn {
namespace {

const char* pad_mode(Padding fill) {
  switch (fill) {
    case Padding::zeros:
      return "constant";
    case Padding::reflect:
      return "reflect";
    case Padding::replicate:
      return "replicate";
    case Padding::circular:
      return "circular";
  }
  return "";
}

struct Reference {
  const std::vector<at::Tensor>& x;
  const std::vector<at::Tensor>& p;

  at::Tensor operator()(const Input& /*op*/) const { return x[0]; }
  at::Tensor operator()(const Conv2d& op) const {
    at::Tensor in = x[0];
    if (op.padding != Pair{0, 0}) {
      in = at::pad(in, {op.padding[1], op.padding[1], op.padding[0], op.padding[0]},
                   pad_mode(op.fill));
    }
    return at::conv2d(in, p[0], op.bias ? p[1] : at::Tensor(), op.stride, at::IntArrayRef{0, 0},
                      op.dilation, op.groups);
  }
  at::Tensor operator()(const Relu& /*op*/) const { return at::clamp_min(x[0], 0); }
  at::Tensor operator()(const Pool2d& op) const {
    if (op.kind == Pool2d::Kind::max) {
      return at::max_pool2d(x[0], op.kernel, op.stride, op.padding, {1, 1}, op.ceil) * op.scale;
    }
    return at::avg_pool2d(x[0], op.kernel, op.stride, op.padding, op.ceil, op.count_padding) *
           op.scale;
  }
  at::Tensor operator()(const AdaptiveAveragePool2d& op) const {
    return at::adaptive_avg_pool2d(x[0], op.size);
  }
  at::Tensor operator()(const BatchNorm2d& op) const {
    const auto channels = [](const at::Tensor& t) { return t.view({1, -1, 1, 1}); };
    return (x[0] - channels(p[2])) / at::sqrt(channels(p[3]) + op.epsilon) * channels(p[0]) +
           channels(p[1]);
  }
  at::Tensor operator()(const Add& /*op*/) const { return at::stack(x).sum(0); }
  at::Tensor operator()(const Concat& /*op*/) const { return at::cat(x, 1); }
  at::Tensor operator()(const Flatten& /*op*/) const {
    return x[0].contiguous().view({x[0].size(0), -1});
  }
  at::Tensor operator()(const Linear& op) const {
    const at::Tensor y = at::matmul(x[0], p[0].t());
    return op.bias ? y + p[1] : y;
  }
  at::Tensor operator()(const Dropout& op) const {
    return at::dropout(x[0], op.probability, /*train=*/false);
  }
  at::Tensor operator()(const ShortcutA& op) const {
    using at::indexing::Slice;
    const Slice every(0, at::indexing::None, op.stride);
    return at::constant_pad_nd(x[0].index({Slice(), Slice(), every, every}),
                               {0, 0, 0, 0, op.before, op.after});
  }
};

/// Draws blocks on top of each other.
class Builder {
 public:
  Builder(uint64_t seed, const RandomGraphOptions& options)
      : random_(seed, "random_graph"), options_(options) {}

  Graph build() {
    for (int i = 0; i < options_.blocks; ++i) block(i);
    if (options_.classifier && random_.below(3) == 0) {
      const AdaptiveAveragePool2d pool{{1 + below(2), 1 + below(3)}};
      graph_.add("avgpool", pool);
      graph_.add("flatten", Flatten{});
      graph_.add("dropout", Dropout{});
      graph_.add("fc", Linear{channels_ * pool.size[0] * pool.size[1], 4, below(2) == 0});
    }
    return graph_;
  }

 private:
  int64_t below(uint64_t n) { return static_cast<int64_t>(random_.below(n)); }
  std::string name(const char* what) { return "n" + std::to_string(++names_) + "." + what; }
  Padding fill() { return static_cast<Padding>(below(options_.circular ? 4 : 3)); }
  /// A convolution that keeps the picture's size at stride 1.
  Conv2d convolution(int64_t in, int64_t out, int64_t stride) {
    const Pair kernel = std::array<Pair, 4>{
        {{1, 1}, {3, 3}, {5, 5}, {3, 1}}}[random_.below(options_.square ? 3 : 4)];
    const int64_t dilation = 1 + below(2);
    const int64_t groups = in % 2 == 0 && out % 2 == 0 && below(3) == 0 ? 2 : 1;
    return {.in = in,
            .out = out,
            .kernel = kernel,
            .stride = {stride, stride},
            .padding = {dilation * (kernel[0] / 2), dilation * (kernel[1] / 2)},
            .dilation = {dilation, dilation},
            .groups = groups,
            .bias = below(2) == 0,
            .fill = fill()};
  }
  NodeId conv_bn_relu(NodeId from, int64_t in, int64_t out, int64_t stride, bool relu) {
    NodeId id = graph_.add(name("conv"), convolution(in, out, stride), {from});
    if (below(2) == 0) id = graph_.add(name("bn"), BatchNorm2d{out, 1e-5}, {id});
    if (relu) id = graph_.add(name("relu"), Relu{}, {id});
    return id;
  }
  void block(int i) {
    const NodeId from = graph_.last();
    const int64_t stride = reductions_ < 2 && below(3) == 0 ? 2 : 1;
    switch (i == 0 ? 0 : below(6)) {
      case 0: {
        const int64_t out = 2 + 2 * below(3);
        conv_bn_relu(from, channels_, out, stride, below(4) != 0);
        channels_ = out;
        break;
      }
      case 1: {
        const int64_t kernel = 2 + below(2), padding = below(2);
        graph_.add(name("pool"),
                   Pool2d{.kind = below(2) == 0 ? Pool2d::Kind::max : Pool2d::Kind::average,
                          .kernel = {kernel, kernel},
                          .stride = {stride, stride},
                          .padding = {padding, options_.square ? padding : below(2)},
                          .ceil = below(2) == 0,
                          .count_padding = below(2) == 0,
                          .scale = below(2) == 0 ? 1.0 : 1.5});
        break;
      }
      case 2: {  // residual, with a projection where the stride asks for one
        const NodeId a = conv_bn_relu(from, channels_, 4, stride, true);
        const NodeId b = conv_bn_relu(a, 4, channels_, 1, false);
        NodeId other = from;
        if (stride > 1 || below(2) == 0) {
          other = graph_.add(
              name("downsample"),
              Conv2d{
                  .in = channels_, .out = channels_, .kernel = {1, 1}, .stride = {stride, stride}},
              {from});
        }
        graph_.add(name("add"), Add{}, {b, other});
        if (below(2) == 0) graph_.add(name("relu"), Relu{});
        break;
      }
      case 3: {  // residual of the CIFAR kind
        const NodeId a = conv_bn_relu(from, channels_, channels_ + 3, 2, below(2) == 0);
        const NodeId b = graph_.add(name("shortcut"), ShortcutA{2, 1, 2}, {from});
        graph_.add(name("add"), Add{}, {a, b, a});
        channels_ += 3;
        ++reductions_;
        return;
      }
      case 4: {  // squeeze and expand
        const NodeId a = conv_bn_relu(from, channels_, 2, 1, true);
        const NodeId b = conv_bn_relu(from, channels_, 3, 1, below(2) == 0);
        graph_.add(name("concat"), Concat{}, {a, b, from});
        channels_ += 5;
        return;
      }
      default:
        graph_.add(name("dropout"), Dropout{0.2});
        return;
    }
    reductions_ += stride > 1 ? 1 : 0;
  }

  Random random_;
  RandomGraphOptions options_;
  Graph graph_;
  int64_t channels_ = 3;
  int reductions_ = 0;
  int names_ = 0;
};

}  // namespace

at::Tensor reference_forward(const Op& op,
                             const std::vector<at::Tensor>& inputs,
                             const std::vector<at::Tensor>& parameters) {
  return std::visit(Reference{inputs, parameters}, op);
}

std::vector<at::Tensor> parameters_of_node(const Graph& graph, NodeId id, const ParameterSet& set) {
  std::vector<at::Tensor> list;
  for (const auto& [name, shape] : graph.parameters_of(id)) list.push_back(set.tensors.at(name));
  return list;
}

std::vector<at::Tensor> reference_run(const Graph& graph,
                                      const ParameterSet& set,
                                      const at::Tensor& input) {
  std::vector<at::Tensor> values;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    std::vector<at::Tensor> inputs;
    for (const NodeId from : graph.node(id).inputs) inputs.push_back(values[from]);
    if (inputs.empty()) inputs.push_back(input);
    values.push_back(
        reference_forward(graph.node(id).op, inputs, parameters_of_node(graph, id, set)));
  }
  return values;
}

ParameterSet some_parameters(const Graph& graph, uint64_t seed) {
  ParameterSet set;
  for (const auto& [name, shape] : graph.parameters()) {
    at::Tensor t = testing::normal(shape, ++seed, at::kDouble);
    if (shape.size() > 1) {
      const int64_t fan_in = t.numel() / t.size(0);
      t = t * std::sqrt(2.0 / static_cast<double>(fan_in));
    }
    if (name.ends_with("running_var")) t = t * t + 0.1;
    set.tensors[name] = t;
  }
  return set;
}

Graph random_graph(uint64_t seed, const RandomGraphOptions& options) {
  return Builder(seed, options).build();
}

}  // namespace strata::nn

// Forward and backward to the picture of VGG19's topology to relu5_1 (random weights): GradientPlan
// against the same calls under autograd, in turns in one run, so that a busy machine slows both.
//
//   nn_plan [WIDTH HEIGHT [ROUNDS [float|bfloat16]]]

#include "nn/plan.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

namespace {

using namespace strata::nn;

Graph vgg19_to_relu5_1() {
  Graph graph;
  int64_t in = 3;
  int block = 1;
  for (const auto& [layers, out] :
       std::vector<std::pair<int, int64_t>>{{2, 64}, {2, 128}, {4, 256}, {4, 512}, {1, 512}}) {
    for (int layer = 1; layer <= layers; ++layer) {
      const std::string place = std::to_string(block) + "_" + std::to_string(layer);
      graph.add("conv" + place, Conv2d{.in = in, .out = out, .padding = {1, 1}});
      graph.add("relu" + place, Relu{});
      in = out;
    }
    if (block < 5) graph.add("pool" + std::to_string(block), Pool2d{});
    ++block;
  }
  return graph;
}

ParameterSet he_normal(const Graph& graph) {
  ParameterSet set;
  for (const auto& [name, shape] : graph.parameters()) {
    at::Tensor t = at::randn(shape) * 0.01;
    if (shape.size() > 1) t = at::randn(shape) * std::sqrt(2.0 / (9.0 * double(shape[1])));
    set.tensors[name] = t;
  }
  return set;
}

double seconds(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The same network through ATen's differentiable functions.
class Autograd {
 public:
  Autograd(const Graph& graph, const ParameterSet& set, const Policy& policy)
      : graph_(graph),
        format_(policy.channels_last ? at::MemoryFormat::ChannelsLast
                                     : at::MemoryFormat::Contiguous) {
    for (const auto& [name, tensor] : set.tensors) {
      const at::Tensor t = tensor.to(policy.precision);
      set_.tensors[name] = t.dim() == 4 ? t.contiguous(format_) : t;
    }
  }

  at::Tensor gradient(const at::Tensor& x, at::ScalarType type) const {
    const at::Tensor variable = x.detach().clone().set_requires_grad(true);
    at::Tensor y = variable.to(type).contiguous(format_);
    at::Tensor loss = at::zeros({}, type);
    for (NodeId id = 1; id <= graph_.last(); ++id) {
      const Node& node = graph_.node(id);
      if (std::holds_alternative<Conv2d>(node.op)) {
        y = at::conv2d(y, set_.tensors.at(node.name + ".weight"),
                       set_.tensors.at(node.name + ".bias"), 1, at::IntArrayRef{1, 1});
      } else if (std::holds_alternative<Relu>(node.op)) {
        y = at::relu(y);
        if (node.name.ends_with("_1")) loss = loss + (y * 1e-3).sum();
      } else {
        y = at::max_pool2d(y, {2, 2}, {2, 2});
      }
    }
    loss.backward();
    return variable.grad();
  }

 private:
  const Graph& graph_;
  at::MemoryFormat format_;
  ParameterSet set_;
};

at::Tensor planned_gradient(const GradientPlan& plan, const at::Tensor& x) {
  GradientPlan::Pass pass = plan.forward(x);
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& tap : pass.taps()) gradients.push_back(at::full_like(tap, 1e-3));
  return plan.backward(std::move(pass), gradients);
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t width = argc > 2 ? std::atoll(argv[1]) : 512;
  const int64_t height = argc > 2 ? std::atoll(argv[2]) : 384;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const at::ScalarType type =
      argc > 4 && std::string(argv[4]) == "bfloat16" ? at::kBFloat16 : at::kFloat;
  const Graph graph = vgg19_to_relu5_1();
  const ParameterSet set = he_normal(graph);
  const at::Tensor x = at::randn({1, 3, height, width});
  const GradientPlan plan(graph, set, graph.select({"relu?_1"}), {.precision = type});
  const Autograd last(graph, set, {.precision = type});
  const Autograd contiguous(graph, set, {.precision = type, .channels_last = false});

  const at::Tensor a = planned_gradient(plan, x).to(at::kFloat);
  const at::Tensor b = last.gradient(x, type).to(at::kFloat);
  std::printf("relative difference of the gradients: %.2g\n",
              ((a - b).norm() / b.norm()).item<double>());
  std::vector<double> plan_s, forward_s, last_s, contiguous_s;
  for (int i = 0; i < rounds; ++i) {
    plan_s.push_back(seconds([&] { planned_gradient(plan, x); }));
    forward_s.push_back(seconds([&] { plan.forward(x); }));
    last_s.push_back(seconds([&] { last.gradient(x, type); }));
    contiguous_s.push_back(seconds([&] { contiguous.gradient(x, type); }));
  }
  std::printf("plan                    %7.3f s (forward %.3f s)\n", median(plan_s),
              median(forward_s));
  std::printf("autograd, channels last %7.3f s: %.2f x\n", median(last_s),
              median(last_s) / median(plan_s));
  std::printf("autograd, contiguous    %7.3f s: %.2f x\n", median(contiguous_s),
              median(contiguous_s) / median(plan_s));
}

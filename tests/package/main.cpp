#include <cstdio>

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <base/sha256.hpp>
#include <nn/builders.hpp>

/// Uses a library without LibTorch, one on top of it, and LibTorch itself.
int main() {
  strata::nn::Architecture squeezenet;
  squeezenet.builder = "squeezenet";
  squeezenet.variant = "1_1";
  const strata::nn::Graph graph = strata::nn::build(squeezenet);
  const strata::nn::Shape fire2 = graph.shapes({1, 3, 224, 224}).at(graph.find("fire2"));
  const double sum = at::ones(fire2).sum().item<double>();
  const std::string hash = strata::sha256_hex("abc");
  std::printf("fire2 has %.0f values; SHA-256 of abc is %s\n", sum, hash.c_str());
  return sum == 128.0 * 55 * 55 && hash.starts_with("ba7816bf") ? 0 : 1;
}

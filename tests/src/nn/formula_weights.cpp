#include "formula_weights.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>

#include <ATen/ATen.h>

namespace strata::nn {

at::Tensor formula_uniform(const std::string& name, int64_t count) {
  uint32_t start = 0x811C9DC5U;  // FNV-1a
  for (const char c : name) start = (start ^ static_cast<unsigned char>(c)) * 0x01000193U;
  at::Tensor t = at::empty({count}, at::kDouble);
  auto* values = t.mutable_data_ptr<double>();
  for (int64_t i = 0; i < count; ++i) {
    uint32_t x = static_cast<uint32_t>(i) + start;
    x ^= x >> 16U;
    x *= 0x7FEB352DU;
    x ^= x >> 15U;
    x *= 0x846CA68BU;
    x ^= x >> 16U;
    values[i] = x / 2147483648.0 - 1.0;
  }
  return t;
}

at::Tensor formula_weight(const std::string& name, const Shape& shape) {
  const auto product = [](auto begin, auto end) {
    return std::accumulate(begin, end, int64_t{1}, std::multiplies<>());
  };
  const at::Tensor values = formula_uniform(name, product(shape.begin(), shape.end())).view(shape);
  if (name.ends_with(".weight") && shape.size() > 1) {
    const auto fan_in = static_cast<double>(product(shape.begin() + 1, shape.end()));
    return values.mul_(std::sqrt(6.0 / fan_in));
  }
  if (name.ends_with(".weight") || name.ends_with(".running_var")) {
    return values.mul_(0.5).add_(1.0);
  }
  return values.mul_(0.25);
}

ParameterSet formula_parameters(const Graph& graph) {
  ParameterSet set;
  for (const auto& [name, shape] : graph.parameters()) {
    set.tensors[name] = formula_weight(name, shape);
  }
  return set;
}

}  // namespace strata::nn

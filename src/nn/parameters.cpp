#include "nn/parameters.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

constexpr size_t kListed = 5;  // names of each kind in a message

std::string text(at::IntArrayRef shape) {
  if (shape.empty()) return "a single number";
  std::vector<std::string> sides;
  for (const int64_t side : shape) sides.push_back(std::to_string(side));
  return join(sides, "x");
}

bool is_buffer(const std::string& name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

/// "3 missing (a, b, c)"
std::string counted(const std::vector<std::string>& names, const std::string& what) {
  const std::span<const std::string> shown(names.data(), std::min(names.size(), kListed));
  const std::string more = names.size() > kListed ? ", ..." : "";
  return fmt::format("{} {} ({}{})", names.size(), what, join(shown), more);
}

/// What stands between a file and a graph.
struct Mismatch {
  std::vector<std::string> missing, unexpected, misshapen, refused;

  std::string text() const {
    std::vector<std::string> parts;
    if (!missing.empty()) parts.push_back(counted(missing, "missing"));
    if (!unexpected.empty()) parts.push_back(counted(unexpected, "unexpected"));
    if (!misshapen.empty()) parts.push_back(counted(misshapen, "of another shape or type"));
    if (!refused.empty()) parts.push_back(counted(refused, "that cannot be read"));
    return join(parts, "; ");
  }
};

/// All names that a file for the network may have.
std::set<std::string> names_of(const Graph& graph) {
  std::set<std::string> names;
  for (const auto& [name, shape] : graph.parameters()) names.insert(name);
  for (const Node& node : graph.nodes()) {
    if (std::holds_alternative<BatchNorm2d>(node.op)) {
      names.insert(node.name + ".num_batches_tracked");
    }
  }
  return names;
}

/// Each tensor has a stream of its own: how many numbers others took does not matter.
at::Tensor he_normal(const std::string& name, const Shape& shape, uint64_t seed) {
  at::Tensor weight = at::empty(shape, at::kFloat);
  const double fan_in = static_cast<double>(weight.numel()) / static_cast<double>(shape.front());
  const double deviation = std::sqrt(2.0 / fan_in);
  Random random(seed, "weights of " + name);
  auto* values = weight.mutable_data_ptr<float>();
  for (int64_t i = 0; i < weight.numel(); ++i) {
    values[i] = static_cast<float>(deviation * random.normal());
  }
  return weight;
}

at::Tensor initial(const Node& node, const std::string& name, const Shape& shape, uint64_t seed) {
  const std::string suffix = name.substr(node.name.size() + 1);
  if (std::holds_alternative<BatchNorm2d>(node.op)) {
    const bool one = suffix == "weight" || suffix == "running_var";
    return at::full(shape, one ? 1.0 : 0.0, at::kFloat);
  }
  return suffix == "weight" ? he_normal(name, shape, seed) : at::zeros(shape, at::kFloat);
}

}  // namespace

const at::Tensor& ParameterSet::at(const std::string& name) const {
  const auto found = tensors.find(name);
  STRATA_CHECK(found != tensors.end(), "no parameter " + name);
  return found->second;
}

std::string ParameterSet::buffers_hash() const {
  Sha256 hash;
  for (const auto& [name, tensor] : tensors) {
    if (!is_buffer(name)) continue;
    const at::Tensor bytes = tensor.contiguous();
    hash.update(
        fmt::format("{} {} {}\n", name, c10::toString(bytes.scalar_type()), text(bytes.sizes())));
    hash.update(std::span(static_cast<const std::byte*>(bytes.const_data_ptr()), bytes.nbytes()));
  }
  return hash.hex();
}

ParameterSet load_parameters(const Graph& graph,
                             const Graph& known,
                             const weights::StateDict& file) {
  ParameterSet set;
  Mismatch mismatch;
  for (const auto& [name, shape] : graph.parameters()) {
    if (const auto refused = file.refused.find(name); refused != file.refused.end()) {
      mismatch.refused.push_back(name + ": " + refused->second);
      continue;
    }
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) {
      mismatch.missing.push_back(name);
    } else if (!found->second.is_floating_point()) {
      mismatch.misshapen.push_back(fmt::format("{}: {}, expected a float type", name,
                                               c10::toString(found->second.scalar_type())));
    } else if (found->second.sizes() != at::IntArrayRef(shape)) {
      mismatch.misshapen.push_back(
          fmt::format("{}: {}, expected {}", name, text(found->second.sizes()), text(shape)));
    } else {
      set.tensors[name] = found->second;
    }
  }
  const auto allowed = names_of(known);
  for (const auto& [name, tensor] : file.tensors) {
    if (!allowed.contains(name)) mismatch.unexpected.push_back(name);
  }
  if (const std::string problems = mismatch.text(); !problems.empty()) {
    throw InputError(file.file, "its tensors do not fit the network: " + problems);
  }
  set.identity = file.sha256;
  set.source = file.file.string();
  return set;
}

ParameterSet random_parameters(const Graph& graph, const Graph& known, uint64_t seed) {
  ParameterSet set;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    for (const auto& [name, shape] : graph.parameters_of(id)) {
      set.tensors[name] = initial(graph.node(id), name, shape, seed);
    }
  }
  set.identity = fmt::format("random:{}:{}", seed, sha256_hex(known.signature()));
  set.source = fmt::format("random, seed {}", seed);
  return set;
}

bool all_finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

}  // namespace strata::nn

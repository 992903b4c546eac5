#include "nn/weight_files.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;

constexpr double kSameWeights = 1.05;  // factor between root mean squares
constexpr double kSameFamily = 3.0;
constexpr double kFar = std::numeric_limits<double>::infinity();

bool has_digest(const weights::StateDict& file, const WeightsEntry& entry) {
  return !entry.sha256.empty() && file.sha256.starts_with(entry.sha256);
}

bool has_any_digest(const weights::StateDict& file, const Card& card) {
  return std::any_of(card.weights.begin(), card.weights.end(),
                     [&](const WeightsEntry& entry) { return has_digest(file, entry); });
}

std::string renamed(const std::string& name, const std::map<std::string, std::string>& layers) {
  for (const auto& [from, to] : layers) {
    if (name == from || name.starts_with(from + ".")) return to + name.substr(from.size());
  }
  return name;
}

/// The weights of the network's first convolution, out x in x h x w in float64, as the entry calls
/// them; absent where the file has none of that kind and shape.
std::optional<at::Tensor> first_convolution(const weights::StateDict& file,
                                            const Graph& graph,
                                            const WeightsEntry& entry) {
  const auto node = std::find_if(graph.nodes().begin(), graph.nodes().end(), [](const Node& n) {
    return std::holds_alternative<Conv2d>(n.op);
  });
  if (node == graph.nodes().end()) return std::nullopt;
  for (const auto& [name, tensor] : file.tensors) {
    if (renamed(name, entry.rename) != node->name + ".weight") continue;
    const auto& convolution = std::get<Conv2d>(node->op);
    if (tensor.dim() != 4 || tensor.size(0) != convolution.out || !tensor.is_floating_point()) {
      return std::nullopt;
    }
    return tensor.to(at::kDouble);
  }
  return std::nullopt;
}

std::vector<double> root_mean_squares(const at::Tensor& weight, size_t numbers) {
  const at::Tensor squares = weight.square();
  if (numbers == 1) return {std::sqrt(squares.mean().item<double>())};
  std::vector<double> values;
  for (int64_t c = 0; c < weight.size(1); ++c) {
    values.push_back(std::sqrt(squares.select(1, c).mean().item<double>()));
  }
  return values;
}

/// What a file's first convolution is beside what an entry says of it.
struct Likeness {
  const WeightsEntry* entry = nullptr;
  std::vector<double> values;  ///< root mean squares, as many as the entry has
  double factor = kFar;        ///< between both, at least 1; the largest over the channels
};

/// Infinitely far where it cannot be told.
Likeness likeness(const weights::StateDict& file, const Graph& graph, const WeightsEntry& entry) {
  Likeness result{.entry = &entry, .values = {}};
  if (entry.first_layer_rms.empty()) return result;
  const auto weight = first_convolution(file, graph, entry);
  if (!weight) return result;
  result.values = root_mean_squares(*weight, entry.first_layer_rms.size());
  if (result.values.size() != entry.first_layer_rms.size()) return result;
  double factor = 1.0;
  for (size_t i = 0; i < result.values.size(); ++i) {
    const double ratio = result.values[i] / entry.first_layer_rms[i];
    if (!(ratio > 0.0)) return result;  // all zeros, or not finite
    factor = std::max({factor, ratio, 1.0 / ratio});
  }
  result.factor = factor;
  return result;
}

Likeness nearest_of(const weights::StateDict& file, const Graph& graph, const Card& card) {
  Likeness nearest;
  for (const WeightsEntry& entry : card.weights) {
    Likeness candidate = likeness(file, graph, entry);
    if (candidate.factor < nearest.factor) nearest = std::move(candidate);
  }
  return nearest;
}

/// The card of another family that the file belongs to.
std::optional<Card> owner_of(const weights::StateDict& file,
                             const Card& card,
                             const ModelPaths& paths) {
  for (const std::string& name : card_names(paths)) {
    const Card other = load_card(name, paths);
    if (other.family == card.family) continue;
    const bool same_topology = other.architecture.builder == card.architecture.builder &&
                               other.architecture.variant == card.architecture.variant;
    if (has_any_digest(file, other)) return other;
    // Networks of one topology may differ in their widths.
    if (same_topology && nearest_of(file, build(other.architecture), other).factor < kSameWeights) {
      return other;
    }
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const weights::StateDict& file, const Card& card, const Card& owner) {
  throw InputError(file.file,
                   fmt::format("these are the weights of {} (family {}), which are not those of {} "
                               "(family {}); take network {}",
                               owner.name, owner.family, card.name, card.family, owner.name));
}

std::string numbers(const std::vector<double>& values) {
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(fmt::format("{:.4g}", value));
  return join(texts, " ");
}

[[noreturn]] void refuse_scale(const weights::StateDict& file,
                               const Card& card,
                               const Likeness& nearest) {
  throw InputError(
      file.file,
      fmt::format("the root mean square of its first layer is {}, that of {} is {} (family {}): "
                  "weights of another family, or for pictures in another range; weights of your "
                  "own need a card of their own",
                  numbers(nearest.values), card.name, numbers(nearest.entry->first_layer_rms),
                  card.family));
}

WeightsEntry without_file(const Card& card) {
  WeightsEntry entry;
  entry.input = card.input;
  return entry;
}

bool matches(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_match(pattern, name); });
}

}  // namespace

std::optional<fs::path> find_weights(const Card& card, const ModelPaths& paths) {
  std::vector<fs::path> folders = paths.weights;
  if (!card.folder.empty()) folders.insert(folders.begin(), card.folder);
  for (const WeightsEntry& entry : card.weights) {
    for (const fs::path& folder : folders) {
      std::error_code ignored;
      if (fs::is_regular_file(folder / entry.file, ignored)) return folder / entry.file;
    }
  }
  return std::nullopt;
}

std::string how_to_get_weights(const Card& card, const ModelPaths& paths) {
  for (const WeightsEntry& entry : card.weights) {
    if (entry.url.empty()) continue;
    const fs::path target =
        paths.weights.empty() ? fs::path(entry.file) : paths.weights.back() / entry.file;
    return fmt::format("download {} to {}, or name a file with --weights", entry.url,
                       target.string());
  }
  return "name a file with --weights";
}

WeightsEntry entry_of(const weights::StateDict& file,
                      const Card& card,
                      const Graph& graph,
                      const ModelPaths& paths) {
  for (const WeightsEntry& entry : card.weights) {
    if (has_digest(file, entry)) return entry;
  }
  const Likeness nearest = nearest_of(file, graph, card);
  if (nearest.factor < kSameWeights) return *nearest.entry;
  if (const auto owner = owner_of(file, card, paths)) refuse(file, card, *owner);
  if (nearest.entry != nullptr) {
    if (nearest.factor > kSameFamily) refuse_scale(file, card, nearest);
    return *nearest.entry;
  }
  for (const WeightsEntry& entry : card.weights) {
    if (entry.file == file.file.filename()) return entry;
  }
  return card.weights.empty() ? without_file(card) : card.weights.front();
}

void check_digest(const weights::StateDict& file, const WeightsEntry& entry) {
  if (entry.sha256.empty() || has_digest(file, entry)) return;
  throw InputError(file.file, fmt::format("damaged, or another file: its SHA-256 is {}, the card "
                                          "says {}",
                                          file.sha256, entry.sha256));
}

weights::StateDict adapted(weights::StateDict file, const WeightsEntry& entry) {
  const auto adapt = [&entry](auto& named) {
    std::remove_reference_t<decltype(named)> result;
    for (auto& [name, value] : named) {
      if (!matches(name, entry.ignore)) result[renamed(name, entry.rename)] = std::move(value);
    }
    named = std::move(result);
  };
  adapt(file.tensors);
  adapt(file.refused);
  return file;
}

}  // namespace strata::nn

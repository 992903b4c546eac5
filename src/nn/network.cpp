#include "nn/network.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRandom = "random";

/// "random" and "random:7"; absent for a file.
std::optional<uint64_t> random_seed(const std::string& weights) {
  if (weights == kRandom) return 0;
  const std::string prefix = std::string(kRandom) + ":";
  if (!weights.starts_with(prefix)) return std::nullopt;
  const char* begin = weights.data() + prefix.size();
  const char* end = weights.data() + weights.size();
  uint64_t seed = 0;
  const auto [rest, error] = std::from_chars(begin, end, seed);
  if (error != std::errc() || rest != end) {
    throw UsageError(fmt::format(
        "weights: found '{}', expected random:SEED with a whole number, as in random:7", weights));
  }
  return seed;
}

struct Located {
  fs::path path;
  const WeightsEntry* by_name = nullptr;  ///< the card's entry with the file's name
};

Located locate(const NetworkRequest& request, const Card& card, const ModelPaths& paths) {
  Located located;
  if (!request.weights.empty()) {
    located.path = request.weights;
  } else if (const auto found = find_weights(card, paths)) {
    located.path = *found;
  } else {
    std::vector<std::string> names;
    for (const WeightsEntry& entry : card.weights) names.push_back(entry.file);
    throw InputError(fmt::format(
        "{}: {}; {}", card.name,
        names.empty() ? "its card names no weights" : join(names, " or ") + " is not here",
        how_to_get_weights(card, paths)));
  }
  for (const WeightsEntry& entry : card.weights) {
    if (entry.file == located.path.filename()) located.by_name = &entry;
  }
  return located;
}

/// The number of classes is the file's where its head differs from the card's in nothing else.
void take_classes(const weights::StateDict& file, Card& card, Log& log) {
  Architecture& architecture = card.architecture;
  const auto head = file.tensors.find(head_parameter(architecture));
  if (head == file.tensors.end() || head->second.dim() == 0) return;
  const int64_t classes = head->second.size(0);
  if (classes == architecture.classes || classes == 0) return;
  log.info(fmt::format("{}: {} classes, where {} has {}", file.file.string(), classes, card.name,
                       architecture.classes));
  architecture.classes = classes;
}

/// Refused tensors count: loading says why.
bool stores_any_parameter(const Graph& graph, NodeId id, const weights::StateDict& file) {
  const auto parameters = graph.parameters_of(id);
  return std::any_of(parameters.begin(), parameters.end(), [&](const auto& parameter) {
    return file.tensors.contains(parameter.first) || file.refused.contains(parameter.first);
  });
}

bool has_all_parameters(const Graph& graph, NodeId id, const weights::StateDict& file) {
  const auto parameters = graph.parameters_of(id);
  return std::all_of(parameters.begin(), parameters.end(),
                     [&](const auto& parameter) { return file.tensors.contains(parameter.first); });
}

bool is_pattern(const std::string& name) {
  return name == "all" || name.find_first_of("*?") != std::string::npos;
}

/// Tensors behind a gap would otherwise go unnoticed: a layer that is stored counts as reached, so
/// that what lacks before it is reported as missing.
std::vector<NodeId> stored_nodes(const NetworkSource& source) {
  std::vector<NodeId> nodes = source.reachable();
  if (!source.file) return nodes;
  for (NodeId id = 0; id < source.full.nodes().size(); ++id) {
    if (stores_any_parameter(source.full, id, *source.file)) nodes.push_back(id);
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

Graph cut_to(const NetworkSource& source, const std::vector<std::string>& taps, Depth depth) {
  if (depth == Depth::whole) {
    return taps.empty() ? source.full : source.full.cut(source.full.select(taps));
  }
  Graph stored = source.full.cut(stored_nodes(source));
  if (taps.empty()) return stored;
  for (const std::string& tap : taps) {
    if (is_pattern(tap) || stored.find_if_known(tap)) continue;
    source.full.find(tap);
    throw InputError(source.file->file, fmt::format("goes only as deep as {}, which is before {}",
                                                    stored.title(stored.last()), tap));
  }
  return stored.cut(stored.select(taps));
}

}  // namespace

std::vector<NodeId> NetworkSource::reachable() const {
  std::vector<NodeId> nodes(full.nodes().size());
  std::iota(nodes.begin(), nodes.end(), NodeId{0});
  if (!file) return nodes;
  std::vector<bool> reached(nodes.size(), false);
  bool any = false;
  for (const NodeId id : nodes) {
    const auto& inputs = full.node(id).inputs;
    reached[id] = has_all_parameters(full, id, *file) &&
                  std::all_of(inputs.begin(), inputs.end(), [&](NodeId i) { return reached[i]; });
    any = any || (reached[id] && !full.parameters_of(id).empty());
  }
  if (!any) load_parameters(full, full, *file);  // says what is wrong
  std::erase_if(nodes, [&](NodeId id) { return !reached[id]; });
  return nodes;
}

Network NetworkSource::load(const std::vector<std::string>& taps, Depth depth) const {
  Network network{card, full, cut_to(*this, taps, depth), {}};
  network.parameters = file ? load_parameters(network.graph, full, *file)
                            : random_parameters(network.graph, full, seed);
  return network;
}

NetworkSource open_network(const NetworkRequest& request, const ModelPaths& paths, Log& log) {
  NetworkSource source;
  source.card = load_card(request.network, paths, request.overrides);
  Card& card = source.card;
  if (const auto seed = random_seed(request.weights)) {
    source.seed = *seed;
    source.full = build(card.architecture);
    return source;
  }
  const Located located = locate(request, card, paths);
  const std::string& key = !request.weights_key.empty() || located.by_name == nullptr
                               ? request.weights_key
                               : located.by_name->key;
  weights::StateDict file = weights::read(located.path, {.key = key});
  if (!file.notes.empty()) {
    log.info(fmt::format("{}: read {}", located.path.string(), join(file.notes)));
  }
  if (request.weights.empty()) check_digest(file, *located.by_name);
  const WeightsEntry entry = entry_of(file, card, build(card.architecture), paths);
  source.file = adapted(std::move(file), entry);
  card.input = entry.input;
  take_classes(*source.file, card, log);
  source.full = build(card.architecture);
  return source;
}

Network load_network(const NetworkRequest& request,
                     const std::vector<std::string>& taps,
                     const ModelPaths& paths,
                     Log& log,
                     Depth depth) {
  return open_network(request, paths, log).load(taps, depth);
}

}  // namespace strata::nn

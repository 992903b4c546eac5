#include "styletransfer/layers.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <variant>

#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

std::string flag_of(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return "--" + key;
}

double weight_from(const std::string& key, const std::string& text, std::string_view number) {
  double weight = 0.0;
  const char* end = number.data() + number.size();
  const auto [rest, error] = std::from_chars(number.data(), end, weight);
  if (error != std::errc{} || rest != end || !std::isfinite(weight) || weight <= 0.0) {
    throw UsageError(fmt::format(
        "{}: \"{}\": the weight must be a positive number, as in relu3_1=0.5", key, text));
  }
  return weight;
}

bool contains(const std::vector<nn::NodeId>& nodes, nn::NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

// Style transfer needs features with positions: nothing behind the first flatten.
bool has_positions(const nn::Graph& graph, nn::NodeId node) {
  for (nn::NodeId id = 0; id <= node; ++id) {
    if (std::holds_alternative<nn::Flatten>(graph.node(id).op)) return false;
  }
  return true;
}

std::optional<nn::NodeId> deepest(const nn::Graph& graph,
                                  const std::vector<nn::NodeId>& reachable,
                                  bool activations_only) {
  for (auto it = reachable.rbegin(); it != reachable.rend(); ++it) {
    const bool activation = std::holds_alternative<nn::Relu>(graph.node(*it).op);
    if (has_positions(graph, *it) && (activation || !activations_only)) return *it;
  }
  return std::nullopt;
}

}  // namespace

std::vector<LayerWeight> parse_layers(const std::string& key,
                                      const std::vector<std::string>& texts) {
  std::vector<LayerWeight> layers;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    LayerWeight layer;
    layer.layer = text.substr(0, equals);
    if (layer.layer.empty()) throw UsageError(key + ": a layer without a name");
    if (equals != std::string::npos) {
      layer.weight = weight_from(key, text, std::string_view(text).substr(equals + 1));
    }
    for (const LayerWeight& before : layers) {
      if (before.layer == layer.layer) {
        throw UsageError(fmt::format("{}: {} is named twice", key, layer.layer));
      }
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::vector<LayerWeight> choose_layers(const LayerRequest& request,
                                       const nn::Graph& graph,
                                       const std::vector<nn::NodeId>& reachable,
                                       const std::string& weights) {
  const bool from_card = request.chosen.empty() && request.layers.empty();
  std::vector<LayerWeight> wanted = request.chosen.empty() ? request.layers : request.chosen;
  for (const std::string& layer : from_card ? request.of_card : std::vector<std::string>{}) {
    wanted.push_back({layer, 1.0});
  }
  const std::string who = request.chosen.empty() ? "preset " + request.preset : request.option;

  const auto last = deepest(graph, reachable, false);
  if (!last)
    throw UsageError(weights + " has no layer of this network that features can be had of");
  std::vector<LayerWeight> layers;
  std::vector<nn::NodeId> nodes;
  for (const LayerWeight& layer : wanted) {
    const nn::NodeId node = graph.find(layer.layer);
    if (!has_positions(graph, node)) {
      throw UsageError(fmt::format("{}: layer {} has no positions; the deepest that has is {}", who,
                                   layer.layer, graph.title(*deepest(graph, reachable, false))));
    }
    if (!contains(reachable, node)) {
      if (from_card) continue;
      throw UsageError(
          fmt::format("{} needs layer {}, but {} go only as deep as {}; choose layers with {}", who,
                      layer.layer, weights, graph.title(*last), flag_of(request.option)));
    }
    if (contains(nodes, node)) {
      throw UsageError(fmt::format("{}: {} is a layer that is named already", who, layer.layer));
    }
    nodes.push_back(node);
    layers.push_back({graph.title(node), layer.weight});
  }
  if (layers.empty()) {
    const auto activation = deepest(graph, reachable, true);
    layers.push_back({graph.title(activation.value_or(*last)), 1.0});
  }
  return layers;
}

}  // namespace strata::styletransfer

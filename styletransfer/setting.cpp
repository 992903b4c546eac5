#include "styletransfer/setting.hpp"

#include "base/error.hpp"
#include "base/version.hpp"
#include "nn/device.hpp"
#include "weights/state_dict.hpp"

#include <filesystem>
#include <numeric>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

using nlohmann::json;

// The nodes that the weights reach. Where they match nothing, or are not there at all, everything
// is returned: loading then says what is wrong, in full.
std::vector<nn::NodeId> reachable_nodes(const nn::NetworkRequest& request,
                                        const nn::Card& card,
                                        const nn::ModelPaths& paths,
                                        const nn::Graph& graph) {
  std::vector<nn::NodeId> all(graph.nodes().size());
  std::iota(all.begin(), all.end(), nn::NodeId{0});
  if (request.weights.rfind("random", 0) == 0) return all;
  std::optional<std::filesystem::path> file = request.weights;
  if (request.weights.empty()) file = nn::find_weights(card, paths);
  if (!file) return all;
  const std::string& key = request.weights_key.empty() ? card.weights.key : request.weights_key;
  const auto nodes = nn::reachable(graph, weights::read(*file, {.key = key}));
  for (const nn::NodeId node : nodes) {
    if (!graph.parameters_of(node).empty()) return nodes;
  }
  return all;
}

std::string weights_title(const nn::NetworkRequest& request, const nn::Card& card) {
  return "the weights of " + card.name +
         (request.weights.empty() ? "" : " (" + request.weights + ")");
}

json layers_record(const std::vector<LayerWeight>& layers) {
  json record = json::object();
  for (const LayerWeight& layer : layers) record[layer.layer] = layer.weight;
  return record;
}

std::optional<double> resolve_strength(const ObjectiveOptions& options, const Preset& preset) {
  if (!options.strength) return preset.strength;
  if (!preset.strength) {
    throw UsageError(fmt::format(
        "strength: preset {} has fixed weights, which a strength would change; weigh its layers "
        "(--style-layers relu1_1=2), or take preset strata",
        preset.name));
  }
  return options.strength;
}

Recipe resolve_recipe(const ObjectiveOptions& options,
                      const nn::NetworkRequest& request,
                      const nn::Card& card,
                      const nn::ModelPaths& paths) {
  Recipe recipe;
  recipe.preset = load_preset(options.preset, paths);
  check_family(recipe.preset, card);
  recipe.strength = resolve_strength(options, recipe.preset);
  const nn::Graph graph = nn::build(card.architecture);
  const auto reachable = reachable_nodes(request, card, paths, graph);
  const std::string weights = weights_title(request, card);
  recipe.content = choose_layers({.preset = recipe.preset.name,
                                  .layers = recipe.preset.content.layers,
                                  .chosen = parse_layers("content_layers", options.content_layers),
                                  .of_card = card.content_layers,
                                  .option = "content_layers"},
                                 graph, reachable, weights);
  recipe.style = choose_layers({.preset = recipe.preset.name,
                                .layers = recipe.preset.style.layers,
                                .chosen = parse_layers("style_layers", options.style_layers),
                                .of_card = card.style_layers,
                                .option = "style_layers"},
                               graph, reachable, weights);
  return recipe;
}

}  // namespace

void ObjectiveOptions::describe(OptionVisitor& v) {
  v.option({.key = "network", .help = "network: a card's name or its file", .value = "NAME"},
           network);
  v.option({.key = "weights",
            .help = "weights file, or random[:SEED]; empty: the card's",
            .value = "FILE"},
           weights);
  v.option({.key = "weights_key",
            .help = "where the state_dict lies inside the weights file",
            .value = "KEY"},
           weights_key);
  v.option({.key = "preset",
            .help = "objective and defaults: strata, neural-style-pt, gatys, or a YAML file",
            .value = "NAME"},
           preset);
  v.option({.key = "content_layers",
            .help = "layers that keep the content, each with an optional factor (relu3_2=0.5)",
            .value = "LAYER[=W]"},
           content_layers);
  v.option({.key = "style_layers",
            .help = "layers whose statistics are matched, each with an optional factor",
            .value = "LAYER[=W]"},
           style_layers);
  v.option({.key = "strength",
            .help = "from 0, all content, to 1, all style; for presets that are calibrated",
            .value = "S",
            .range = {0.0, 1.0}},
           strength);
  v.option(
      {.key = "style_size",
       .help = "long side of the style picture: output (equal to the output's), own, or pixels",
       .value = "N"},
      style_size);
  v.option({.key = "device", .help = "auto, cpu, cuda or cuda:1", .value = "NAME"}, device);
  v.option({.key = "threads",
            .help = "threads of one operation; 0: as many as this process may use",
            .value = "N",
            .range = {0, 4096}},
           threads);
  v.option({.key = "precision",
            .help = "of activations and pictures",
            .value = "TYPE",
            .allowed = {"float32", "float64"}},
           precision);
}

Setting resolve(const ObjectiveOptions& options, Log& log) {
  const nn::ModelPaths paths = nn::ModelPaths::standard();
  Setting setting;
  setting.style_size = style_size_from(options.style_size);
  nn::Policy policy;
  policy.device = nn::resolve_device(options.device);
  policy.precision = options.precision == "float64" ? at::kDouble : at::kFloat;
  const nn::NetworkRequest request{options.network, options.weights, options.weights_key,
                                   options.overrides};
  const nn::Card card = nn::load_card(options.network, paths, options.overrides);
  setting.recipe = resolve_recipe(options, request, card, paths);
  nn::set_threads(options.threads);
  const auto taps = setting.recipe.taps();
  setting.backbone =
      std::make_shared<const Backbone>(nn::load_network(request, taps, paths, log), taps, policy);
  return setting;
}

json Setting::record() const {
  const nn::Network& network = backbone->network();
  return {{"version", version()},
          {"network", network.card.name},
          {"weights", network.parameters.source},
          {"weights_sha256", network.parameters.identity},
          {"preset", recipe.preset.name},
          {"content_layers", layers_record(recipe.content)},
          {"style_layers", layers_record(recipe.style)},
          {"strength", recipe.strength ? json(*recipe.strength) : json()},
          {"device", backbone->policy().device.str()},
          {"device_title", nn::device_title(backbone->policy().device)},
          {"precision", backbone->policy().precision == at::kDouble ? "float64" : "float32"},
          {"threads", at::get_num_threads()}};
}

void check_size(const Backbone& backbone, const std::string& file, Size size) {
  try {
    backbone.network().graph.shapes({1, 3, size.height, size.width});
  } catch (const InputError& error) {
    throw InputError(
        file, fmt::format("{} x {} is too small: {}", size.width, size.height, error.what()));
  }
}

bool fits(const Backbone& backbone, Size size) {
  try {
    backbone.network().graph.shapes({1, 3, size.height, size.width});
    return true;
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace strata::styletransfer

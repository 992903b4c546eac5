#include "styletransfer/setting.hpp"

#include "base/enum_names.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "nn/device.hpp"

#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

using nlohmann::json;

std::string weights_title(const nn::NetworkSource& source) {
  const std::string of_card = "the weights of " + source.card.name;
  return source.file ? of_card + " (" + source.file->file.string() + ")" : of_card;
}

const EnumNames<at::ScalarType>& precisions() {
  static const EnumNames<at::ScalarType> names(
      "precision:",
      {{"float32", at::kFloat}, {"bfloat16", at::kBFloat16}, {"float64", at::kDouble}});
  return names;
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

// Losses that the user chooses, where the preset's numbers allow it: calibrated ones mean the same
// for every loss.
void resolve_losses(const ObjectiveOptions& options, Preset& preset) {
  const auto check = [&](const char* key, const std::string& wanted, const std::string& own) {
    if (preset.strength || wanted == own) return;
    throw UsageError(fmt::format(
        "{}: preset {} stands for a fixed objective, with {}; take preset strata for {}", key,
        preset.name, own, wanted));
  };
  if (options.content_loss) {
    check("content_loss", *options.content_loss, content_loss_name(preset.content.loss));
    preset.content.loss = content_loss_from(*options.content_loss);
  }
  if (options.style_loss) {
    check("style_loss", *options.style_loss, style_loss_name(preset.style.loss));
    preset.style.loss = style_loss_from(*options.style_loss);
  }
}

// What can be said before any weights are read.
Recipe resolve_recipe(const ObjectiveOptions& options, Preset preset, const nn::Card& card) {
  check_family(preset, card);
  Recipe recipe;
  recipe.strength = resolve_strength(options, preset);
  recipe.blend = blend_from(options.blend);
  resolve_losses(options, preset);
  recipe.preset = std::move(preset);
  return recipe;
}

void resolve_layers(const ObjectiveOptions& options,
                    const nn::NetworkSource& source,
                    Recipe& recipe) {
  const auto reachable = source.reachable();
  const std::string weights = weights_title(source);
  const auto choose = [&](const char* option, const std::vector<LayerWeight>& of_preset,
                          const std::vector<std::string>& of_user,
                          const std::vector<std::string>& of_card) {
    return choose_layers({.preset = recipe.preset.name,
                          .layers = of_preset,
                          .chosen = parse_layers(option, of_user),
                          .of_card = of_card,
                          .option = option},
                         source.full, reachable, weights);
  };
  recipe.content = choose("content_layers", recipe.preset.content.layers, options.content_layers,
                          source.card.content_layers);
  recipe.style = choose("style_layers", recipe.preset.style.layers, options.style_layers,
                        source.card.style_layers);
}

}  // namespace

void ObjectiveOptions::describe(OptionVisitor& v) {
  v.option({.key = "network",
            .help = "a network's card, by name or file; empty: the preset's",
            .value = "NAME"},
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
            .help = "objective and defaults: strata, neural-style, neural-style-pt, "
                    "neural-style-pt-normgrad, gatys, crowson-2021, crowson-2023, spst, "
                    "tensorflow, or a YAML file",
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
  v.option({.key = "content_loss",
            .help = "what keeps the content: mse, or self-similarity, which ignores colour and "
                    "texture and cannot be tiled; default: the preset's",
            .value = "NAME",
            .allowed = {"mse", "self-similarity"}},
           content_loss);
  v.option({.key = "style_loss",
            .help = "how statistics are compared: gram, mean-std, or w2, the Wasserstein distance "
                    "of Gaussians; default: the preset's",
            .value = "NAME",
            .allowed = {"gram", "mean-std", "w2"}},
           style_loss);
  v.option({.key = "blend",
            .help = "several styles: mix their statistics (targets) or add up their losses",
            .value = "WHAT",
            .allowed = blend_names()},
           blend);
  v.option({.key = "strength",
            .help = "from 0, all content, to 1, all style; for presets that are calibrated",
            .value = "S",
            .range = {0.0, 1.0}},
           strength);
  v.option(
      {.key = "content_mask",
       .help = "which part of the content takes on style: a grey picture of its size (white is "
               "inside), several for several styles, or a label picture, a region a colour",
       .value = "FILE"},
      content_mask);
  v.option({.key = "style_mask",
            .help = "which part of a style picture counts: a grey picture of its size, or a label "
                    "picture with the colours of the content mask",
            .value = "FILE"},
           style_mask);
  v.option({.key = "mask_rule",
            .help = "which positions of a layer belong to a region: those that see nothing else "
                    "(inside), that lie in it (simple), or that see any of it (all)",
            .value = "RULE",
            .allowed = mask_rule_names()},
           mask_rule);
  v.option(
      {.key = "style_size",
       .help = "long side of the style picture: output (equal to the output's), own, or pixels",
       .value = "N"},
      style_size);
  v.option({.key = "colour",
            .help = "the result's colours: the style's, the content's chroma under the new luma, "
                    "or those of a style picture matched to the content",
            .value = "MODE",
            .allowed = colour_mode_names()},
           colour);
  v.option({.key = "device", .help = "auto, cpu, cuda or cuda:1", .value = "NAME"}, device);
  v.option({.key = "threads",
            .help = "threads of one operation; 0: as many as this process may use",
            .value = "N",
            .range = {0, 4096}},
           threads);
  v.option({.key = "precision",
            .help = "of activations",
            .value = "TYPE",
            .allowed = precisions().names()},
           precision);
}

MaskFiles mask_files(const ObjectiveOptions& options) {
  return {options.content_mask, options.style_mask, options.mask_rule};
}

Setting resolve(const ObjectiveOptions& options, Log& log) {
  const nn::ModelPaths paths = nn::ModelPaths::standard();
  Setting setting;
  setting.style_size = style_size_from(options.style_size);
  setting.colour = colour_mode_from(options.colour);
  nn::Policy policy;
  policy.device = nn::resolve_device(options.device);
  policy.precision = precisions().value(options.precision);
  Preset preset = load_preset(options.preset, paths);
  const nn::NetworkRequest request{options.network.empty() ? preset.network : options.network,
                                   options.weights, options.weights_key, options.overrides};
  setting.recipe = resolve_recipe(options, std::move(preset),
                                  nn::load_card(request.network, paths, options.overrides));
  nn::set_threads(options.threads);
  const nn::NetworkSource source = nn::open_network(request, paths, log);
  resolve_layers(options, source, setting.recipe);
  const auto taps = setting.recipe.taps();
  setting.backbone = std::make_shared<const Backbone>(
      rewritten(source.load(taps), setting.recipe.preset.rewrites), taps, policy);
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
          {"content_loss", content_loss_name(recipe.preset.content.loss)},
          {"style_loss", style_loss_name(recipe.preset.style.loss)},
          {"colour", colour_mode_name(colour)},
          {"strength", recipe.strength ? json(*recipe.strength) : json()},
          {"device", backbone->policy().device.str()},
          {"device_title", nn::device_title(backbone->policy().device)},
          {"precision", precisions().name(backbone->policy().precision)},
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

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "nn/network.hpp"
#include "nn/op_table.hpp"
#include "report/table.hpp"
#include "weights/state_dict.hpp"

#include <filesystem>
#include <memory>

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// ---- list ---------------------------------------------------------------------------------------

int list_models(const Context& context) {
  const nn::ModelPaths paths = nn::ModelPaths::standard();
  json rows = json::array();
  for (const std::string& name : nn::card_names(paths)) {
    const nn::Card card = nn::load_card(name, paths);
    const auto file = nn::find_weights(card, paths);
    rows.push_back({{"name", name},
                    {"title", card.title},
                    {"weights", file ? json(file->string()) : json()},
                    {"family", card.family},
                    {"licence", card.licence}});
  }
  if (context.json) {
    print_json(rows);
    return 0;
  }
  report::Table table({{"network"}, {"weights here"}, {"what it is"}, {"licence of the weights"}});
  for (const json& row : rows) {
    table.add({row["name"].get<std::string>(), row["weights"].is_null() ? "no" : "yes",
               row["title"].get<std::string>(), row["licence"].get<std::string>()});
  }
  print(table.text());
  return 0;
}

// ---- show ---------------------------------------------------------------------------------------

json node_row(const nn::Graph& graph,
              nn::NodeId id,
              const std::vector<nn::Shape>& shapes,
              const nn::ReceptiveField& field) {
  const nn::Node& node = graph.node(id);
  int64_t parameters = 0;
  for (const auto& [name, shape] : graph.parameters_of(id)) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    parameters += count;
  }
  return {{"name", node.name},
          {"aliases", graph.aliases_of(id)},
          {"op", std::string(nn::op_info(node.op).name)},
          {"shape", shapes[id]},
          {"parameters", parameters},
          {"receptive_field", field.whole ? json("whole") : json(field.size)},
          {"stride", field.whole ? json() : json(field.stride)}};
}

int show_model(const Context& context, const std::string& name) {
  const nn::ModelPaths paths = nn::ModelPaths::standard();
  const nn::Card card = nn::load_card(name, paths);
  const nn::Graph graph = nn::build(card.architecture);
  const auto shapes = graph.shapes({1, 3, card.input.size, card.input.size});
  const auto fields = nn::receptive_fields(graph);
  const nn::Cost cost = nn::total_cost(graph, {1, 3, card.input.size, card.input.size});
  const auto file = nn::find_weights(card, paths);
  json nodes = json::array();
  for (nn::NodeId id = 0; id < graph.nodes().size(); ++id) {
    nodes.push_back(node_row(graph, id, shapes, fields[id]));
  }
  if (context.json) {
    print_json({{"name", card.name},
                {"card", Config::from_text(card.resolved_yaml, card.name).to_json()},
                {"weights", file ? json(file->string()) : json()},
                {"multiply_adds", cost.multiply_adds},
                {"nodes", nodes}});
    return 0;
  }
  print(card.resolved_yaml + "\n");
  report::Table table(
      {{"layer"}, {"also"}, {"op"}, {"output"}, {"parameters"}, {"sees"}, {"stride"}});
  for (const json& node : nodes) {
    std::vector<std::string> sides;
    for (const json& side : node["shape"]) sides.push_back(std::to_string(side.get<int64_t>()));
    sides.erase(sides.begin());
    table.add({node["name"].get<std::string>(),
               join(node["aliases"].get<std::vector<std::string>>(), " "),
               node["op"].get<std::string>(), join(sides, "x"),
               std::to_string(node["parameters"].get<int64_t>()),
               node["receptive_field"].is_string()
                   ? "whole"
                   : std::to_string(node["receptive_field"].get<int64_t>()) + " px",
               node["stride"].is_null() ? "" : std::to_string(node["stride"].get<int64_t>())});
  }
  print(table.text());
  print(fmt::format("\n{:.2f} billion multiply-adds at {} px. Weights: {}\n",
                    cost.multiply_adds / 1e9, card.input.size,
                    file ? file->string() : "not here; " + nn::how_to_get_weights(card, paths)));
  return 0;
}

// ---- check --------------------------------------------------------------------------------------

int check_model(const Context& context, const nn::NetworkRequest& request) {
  const nn::Network network =
      nn::load_network(request, {}, nn::ModelPaths::standard(), context.log, nn::Depth::as_stored);
  int64_t scalars = 0;
  for (const auto& [name, tensor] : network.parameters.tensors) {
    scalars += tensor.numel();
    if (!nn::all_finite(tensor)) {
      throw InputError(network.parameters.source, name + " holds numbers that are not finite");
    }
  }
  const std::string deepest = network.graph.title(network.graph.last());
  if (context.json) {
    print_json({{"network", network.card.name},
                {"weights", network.parameters.source},
                {"sha256", network.parameters.identity},
                {"tensors", network.parameters.tensors.size()},
                {"scalars", scalars},
                {"deepest_layer", deepest}});
  } else {
    print(fmt::format("{}: {} fits\n", network.card.name, network.parameters.source));
    print(fmt::format(
        "  SHA-256        {}\n  tensors        {} with {} numbers\n"
        "  deepest layer  {}\n",
        network.parameters.identity, network.parameters.tensors.size(), scalars, deepest));
  }
  return 0;
}

// ---- convert ------------------------------------------------------------------------------------

int convert_weights(const Context& context,
                    const std::string& input,
                    const std::string& output,
                    const std::string& key) {
  check_writable(output);
  const weights::StateDict file = weights::read(input, {key, true});
  if (!file.refused.empty()) {
    const auto& [name, why] = *file.refused.begin();
    throw InputError(input, fmt::format("{} of its tensors cannot be read without running code: "
                                        "{}: {}",
                                        file.refused.size(), name, why));
  }
  weights::write_safetensors(output, file.tensors,
                             {{"converted_by", "strata " + version()},
                              {"source", fs::path(input).filename().string()},
                              {"source_format", file.format},
                              {"source_sha256", file.sha256}});
  if (context.json) {
    print_json({{"input", input},
                {"output", output},
                {"format", file.format},
                {"tensors", file.tensors.size()},
                {"notes", file.notes}});
    return 0;
  }
  if (!file.notes.empty()) context.log.info(input + ": read " + join(file.notes));
  print(
      fmt::format("{}: {} tensors of {} ({})\n", output, file.tensors.size(), input, file.format));
  return 0;
}

}  // namespace

Run setup_models(CLI::App& command) {
  struct Arguments {
    std::string name, input, output, key;
    nn::NetworkRequest request;
  };
  auto arguments = std::make_shared<Arguments>();
  command.require_subcommand(1);
  command.fallthrough();  // --json may stand behind the inner command too
  CLI::App* list =
      command.add_subcommand("list", "Networks that have a card, and which weights are here");
  CLI::App* show = command.add_subcommand("show", "A network's card and layers");
  show->add_option("NAME", arguments->name, "A card's name or file")->required();
  CLI::App* check = command.add_subcommand("check", "Whether weights fit a network");
  check->add_option("NAME", arguments->request.network, "A card's name or file")->required();
  check
      ->add_option("--weights", arguments->request.weights, "Weights file; the card's where absent")
      ->type_name("FILE");
  check
      ->add_option("--weights-key", arguments->request.weights_key,
                   "Where the state_dict lies inside the file, e.g. state_dict_ema")
      ->type_name("KEY");
  CLI::App* convert = command.add_subcommand("convert", "Any checkpoint to safetensors");
  convert->add_option("INPUT", arguments->input, "safetensors or torch checkpoint")->required();
  convert->add_option("OUTPUT", arguments->output, "The safetensors file to write")->required();
  convert
      ->add_option("--weights-key", arguments->key,
                   "Where the state_dict lies inside the file, e.g. state_dict_ema")
      ->type_name("KEY");
  return [=](const Context& context) {
    if (list->parsed()) return list_models(context);
    if (show->parsed()) return show_model(context, arguments->name);
    if (check->parsed()) return check_model(context, arguments->request);
    return convert_weights(context, arguments->input, arguments->output, arguments->key);
  };
}

}  // namespace strata::cli

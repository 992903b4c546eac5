#include "nn/graph.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "nn/op_table.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace strata::nn {
namespace {

/// Pictures with longer sides than this are not tried when the smallest that works is looked for.
constexpr int64_t kLargestSideTried = 1024;

bool has_features(const Op& op) {
  return !std::holds_alternative<Input>(op) && !std::holds_alternative<Dropout>(op) &&
         !std::holds_alternative<Flatten>(op);
}

bool is_pattern(const std::string& name) { return name.find_first_of("*?") != std::string::npos; }

std::string reason(const Shape& input, const Node& node, const InputError& error) {
  return fmt::format("a picture of {}x{} (height x width) cannot go through layer {}: {}", input[2],
                     input[3], node.name, error.what());
}

/// Appends the shape of node `id`; `shapes` has those before it.
void append_shape(const Graph& graph, NodeId id, const Shape& input, std::vector<Shape>& shapes) {
  const Node& node = graph.node(id);
  std::vector<Shape> inputs;
  for (const NodeId i : node.inputs) inputs.push_back(shapes[i]);
  if (node.inputs.empty()) inputs.push_back(input);
  shapes.push_back(op_info(node.op).shape(node.op, inputs));
}

bool goes_through(const Graph& graph, const Shape& input) {
  std::vector<Shape> shapes;
  try {
    for (NodeId id = 0; id < graph.nodes().size(); ++id) append_shape(graph, id, input, shapes);
  } catch (const InputError&) {
    return false;
  }
  return true;
}

/// The axes do not depend on each other, so the side of the smallest square will do for both.
std::optional<int64_t> smallest_side(const Graph& graph) {
  const int64_t channels = std::get<Input>(graph.node(0).op).channels;
  for (int64_t side = 1; side <= kLargestSideTried; ++side) {
    if (goes_through(graph, {1, channels, side, side})) return side;
  }
  return std::nullopt;
}

}  // namespace

Graph::Graph(Input input) {
  nodes_.push_back({"input", input, {}});
  aliases_.emplace_back();
  by_name_["input"] = 0;
}

NodeId Graph::add(std::string name, Op op, std::vector<NodeId> inputs) {
  const auto arity = op_info(op).arity;
  STRATA_CHECK(arity ? inputs.size() == *arity : !inputs.empty(),
               fmt::format("node {} has {} inputs", name, inputs.size()));
  STRATA_CHECK(!std::holds_alternative<Input>(op), "a graph has one input: " + name);
  for (const NodeId id : inputs) {
    STRATA_CHECK(id < nodes_.size(), "the inputs of a node stand before it: " + name);
  }
  const NodeId id = nodes_.size();
  STRATA_CHECK(by_name_.emplace(name, id).second, "two nodes with the name " + name);
  nodes_.push_back({std::move(name), std::move(op), std::move(inputs)});
  aliases_.emplace_back();
  return id;
}

NodeId Graph::add(std::string name, Op op) { return add(std::move(name), std::move(op), {last()}); }

void Graph::alias(std::string name, NodeId node) {
  STRATA_CHECK(node < nodes_.size(), "an alias of nothing: " + name);
  STRATA_CHECK(by_name_.emplace(name, node).second, "two nodes with the name " + name);
  aliases_[node].push_back(std::move(name));
}

std::optional<NodeId> Graph::find_if_known(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

NodeId Graph::find(const std::string& name) const {
  if (const auto id = find_if_known(name)) return *id;
  std::vector<std::string> known;
  for (const auto& [known_name, id] : by_name_) known.push_back(known_name);
  throw UsageError(fmt::format("the network has no layer {}{}", name, did_you_mean(name, known)));
}

const std::string& Graph::title(NodeId id) const {
  const auto& names = aliases_.at(id);
  return names.empty() ? nodes_.at(id).name : names.front();
}

std::vector<std::string> Graph::aliases_of(NodeId id) const { return aliases_.at(id); }

std::vector<NodeId> Graph::tappable() const {
  std::vector<NodeId> ids;
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    if (has_features(nodes_[id].op)) ids.push_back(id);
  }
  return ids;
}

std::vector<NodeId> Graph::select(const std::vector<std::string>& patterns) const {
  std::set<NodeId> chosen;
  for (const std::string& pattern : patterns) {
    if (!is_pattern(pattern) && (pattern != "all" || by_name_.contains("all"))) {
      chosen.insert(find(pattern));
      continue;
    }
    bool matched = false;
    for (const NodeId id : tappable()) {
      const auto matches = [&](const std::string& name) { return glob_match(pattern, name); };
      if (pattern == "all" || matches(nodes_[id].name) ||
          std::any_of(aliases_[id].begin(), aliases_[id].end(), matches)) {
        chosen.insert(id);
        matched = true;
      }
    }
    if (!matched) {
      throw UsageError(fmt::format("no layer of the network matches {} (it has {} ... {})", pattern,
                                   nodes_.size() > 1 ? title(1) : title(0), title(last())));
    }
  }
  return {chosen.begin(), chosen.end()};
}

Graph Graph::cut(const std::vector<NodeId>& keep) const {
  std::vector<bool> needed(nodes_.size(), false);
  needed[0] = true;
  for (const NodeId id : keep) needed.at(id) = true;
  for (NodeId id = nodes_.size(); id-- > 0;) {
    if (!needed[id]) continue;
    for (const NodeId input : nodes_[id].inputs) needed[input] = true;
  }
  Graph graph(std::get<Input>(nodes_[0].op));
  std::vector<NodeId> new_id(nodes_.size(), 0);
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    if (!needed[id]) continue;
    if (id > 0) {
      std::vector<NodeId> inputs;
      for (const NodeId input : nodes_[id].inputs) inputs.push_back(new_id[input]);
      new_id[id] = graph.add(nodes_[id].name, nodes_[id].op, std::move(inputs));
    }
    for (const std::string& name : aliases_[id]) graph.alias(name, new_id[id]);
  }
  return graph;
}

std::vector<std::pair<std::string, Shape>> Graph::parameters_of(NodeId id) const {
  const Node& node = nodes_.at(id);
  std::vector<std::pair<std::string, Shape>> list = op_info(node.op).parameters(node.op);
  for (auto& [name, shape] : list) name = node.name + "." + name;
  return list;
}

std::vector<std::pair<std::string, Shape>> Graph::parameters() const {
  std::vector<std::pair<std::string, Shape>> all;
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    for (auto& parameter : parameters_of(id)) all.push_back(std::move(parameter));
  }
  return all;
}

std::vector<Shape> Graph::shapes(const Shape& input) const {
  STRATA_CHECK(input.size() == 4, "pictures come as N x C x H x W");
  std::vector<Shape> shapes;
  shapes.reserve(nodes_.size());
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    try {
      append_shape(*this, id, input, shapes);
    } catch (const InputError& error) {
      std::string why = reason(input, nodes_[id], error);
      const auto side = smallest_side(*this);
      if (side && *side > std::min(input[2], input[3])) {
        why += fmt::format("; the smallest that can is {}x{}", *side, *side);
      }
      throw InputError(why);
    }
  }
  return shapes;
}

std::string Graph::signature() const {
  std::string text;
  for (const Node& node : nodes_) {
    const OpInfo& info = op_info(node.op);
    text += fmt::format("{} = {}({})", node.name, info.name, info.attributes(node.op));
    for (const NodeId input : node.inputs) text += " " + nodes_[input].name;
    text += "\n";
  }
  return text;
}

Graph with_pooling(Graph graph, Pool2d::Kind kind) {
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    if (const auto* pool = std::get_if<Pool2d>(&graph.node(id).op)) {
      Pool2d changed = *pool;
      changed.kind = kind;
      graph.replace_op(id, changed);
    }
  }
  return graph;
}

Graph with_padding(Graph graph, Padding fill) {
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    const auto* convolution = std::get_if<Conv2d>(&graph.node(id).op);
    if (convolution == nullptr || convolution->padding == Pair{0, 0}) continue;
    Conv2d changed = *convolution;
    changed.fill = fill;
    graph.replace_op(id, changed);
  }
  return graph;
}

}  // namespace strata::nn

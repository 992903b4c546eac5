#pragma once

#include "nn/op.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace strata::nn {

using NodeId = size_t;
using Shape = std::vector<int64_t>;

struct Node {
  std::string name;
  Op op;
  std::vector<NodeId> inputs;
};

/// A network as data: named nodes in topological order (a node's inputs stand before it). Node 0 is
/// the input. Names are torchvision's module names ("features.0", "layer1.0.conv2"); aliases are
/// the literature's ("relu4_2"). Parameters live beside it, in a ParameterSet, as NODE.weight and
/// so on.
class Graph {
 public:
  explicit Graph(Input input = {});

  /// Appends a node and returns its id. A name used before is a Fault.
  NodeId add(std::string name, Op op, std::vector<NodeId> inputs);
  /// Appends a node on top of the last one.
  NodeId add(std::string name, Op op);
  /// A second name for a node.
  void alias(std::string name, NodeId node);

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_.at(id); }
  /// For rewrites; inputs and names stay as they are.
  void replace_op(NodeId id, Op op) { nodes_.at(id).op = std::move(op); }
  NodeId last() const { return nodes_.size() - 1; }
  /// By name or alias. Throws UsageError with the nearest name.
  NodeId find(const std::string& name) const;
  std::optional<NodeId> find_if_known(const std::string& name) const;
  /// The name people use for a node: its first alias where it has one ("relu1_1"), else its name.
  const std::string& title(NodeId id) const;
  std::vector<std::string> aliases_of(NodeId id) const;
  /// Every node that has features to tap, in order: all but input, dropout and flatten.
  std::vector<NodeId> tappable() const;
  /// Names, aliases and glob patterns ("layer*.relu", "all") to nodes in topological order, each
  /// once. A pattern without a match is a UsageError, as an unknown name is.
  std::vector<NodeId> select(const std::vector<std::string>& patterns) const;

  /// The graph of `keep` and all that they depend on; ids change, names and aliases stay.
  Graph cut(const std::vector<NodeId>& keep) const;

  /// The parameters and buffers of one node, or of all: full name -> shape, in order of nodes.
  std::vector<std::pair<std::string, Shape>> parameters_of(NodeId id) const;
  std::vector<std::pair<std::string, Shape>> parameters() const;

  /// The output shape of every node for an input shape (N, C, H, W). A picture too small for a node
  /// is an InputError that names the node and the smallest size that would do.
  std::vector<Shape> shapes(const Shape& input) const;

  /// A canonical text of all nodes, for hashing: equal texts compute the same function.
  std::string signature() const;

 private:
  std::vector<Node> nodes_;
  std::map<std::string, NodeId> by_name_;
  std::vector<std::vector<std::string>> aliases_;
};

// Rewrites: Graph -> Graph, same names and parameters.

Graph with_pooling(Graph graph, Pool2d::Kind kind);
/// Every convolution that pads gets the fill. Reflection falls back to nothing: a picture smaller
/// than the padding is an error at run time.
Graph with_padding(Graph graph, Padding fill);

}  // namespace strata::nn

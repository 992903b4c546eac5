#include "styletransfer/rewrites.hpp"

#include <utility>
#include <variant>

namespace strata::styletransfer {
namespace {

nn::Graph rewritten(nn::Graph graph, const Rewrites& rewrites) {
  bool first = true;
  for (nn::NodeId id = 0; id < graph.nodes().size(); ++id) {
    if (const auto* pool = std::get_if<nn::Pool2d>(&graph.node(id).op)) {
      nn::Pool2d changed = *pool;
      changed.kind = rewrites.pooling.value_or(pool->kind);
      changed.ceil = pool->ceil || rewrites.pooling_ceil;
      graph.replace_op(id, changed);
    } else if (const auto* convolution = std::get_if<nn::Conv2d>(&graph.node(id).op)) {
      if (!std::exchange(first, false)) continue;
      nn::Conv2d changed = *convolution;
      changed.fill = rewrites.first_padding.value_or(convolution->fill);
      graph.replace_op(id, changed);
    }
  }
  return graph;
}

}  // namespace

nn::Network rewritten(nn::Network network, const Rewrites& rewrites) {
  network.full = rewritten(std::move(network.full), rewrites);
  network.graph = rewritten(std::move(network.graph), rewrites);
  network.card.input.range *= rewrites.input_scale;
  return network;
}

}  // namespace strata::styletransfer

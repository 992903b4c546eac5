#include "train/student.hpp"

#include "base/error.hpp"
#include "nn/builders.hpp"

#include <utility>

namespace strata::train {
namespace {

bool has_own_card(const StudentChoice& choice) { return choice.network.network.empty(); }

nn::Card card_of(const StudentChoice& choice, const std::string& name) {
  if (has_own_card(choice)) return nn::read_card(choice.card, name);
  return nn::load_card(choice.network.network, nn::ModelPaths::standard(),
                       choice.network.overrides);
}

/// `from`'s parameters where it has them, the given ones elsewhere: a head of another size.
nn::ParameterSet grafted(nn::ParameterSet fresh, const nn::ParameterSet& from) {
  for (auto& [name, tensor] : fresh.tensors) {
    const auto found = from.tensors.find(name);
    if (found != from.tensors.end() && found->second.sizes() == tensor.sizes()) {
      tensor = found->second;
    }
  }
  fresh.identity = from.identity;
  fresh.source = from.source + ", with a head of its own";
  return fresh;
}

}  // namespace

Student open_student(const StudentChoice& choice,
                     const std::string& name,
                     const std::vector<std::string>& taps,
                     int64_t classes,
                     int64_t seed,
                     Log& log) {
  const auto random_seed = static_cast<uint64_t>(seed);
  Student student;
  if (has_own_card(choice)) {
    student.card = card_of(choice, name);
    if (classes > 0) student.card.architecture.classes = classes;
    const nn::Graph full = nn::build(student.card.architecture);
    student.graph = full.cut(full.select(taps));
    student.parameters = nn::random_parameters(student.graph, full, random_seed);
  } else {
    const auto source = nn::open_network(choice.network, nn::ModelPaths::standard(), log);
    nn::Network network = source.load(taps);
    student.card = network.card;
    student.graph = network.graph;
    student.parameters = std::move(network.parameters);
    if (classes > 0 && student.card.architecture.classes != classes) {
      student.card.architecture.classes = classes;
      const nn::Graph full = nn::build(student.card.architecture);
      student.graph = full.cut(full.select(taps));
      student.parameters =
          grafted(nn::random_parameters(student.graph, full, random_seed), student.parameters);
    }
  }
  student.card.name = name;
  student.card_yaml = Config::from_text(student.card.resolved_yaml, name);
  return student;
}

std::string last_layer(const StudentChoice& choice, const std::string& name) {
  const nn::Graph graph = nn::build(card_of(choice, name).architecture);
  return graph.node(graph.last()).name;
}

}  // namespace strata::train

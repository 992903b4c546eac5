#pragma once

#include "base/log.hpp"
#include "nn/network.hpp"
#include "train/recipe.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::train {

/// The network that is trained, at its start.
struct Student {
  nn::Card card;
  Config card_yaml;  ///< the card's own keys, for the card of what comes out
  nn::Graph graph;   ///< as deep as the objective needs
  nn::ParameterSet parameters;
};

/// `taps` are the layers that the objective reads. `classes`: of a classification, 0 for none; a
/// head with another number of them starts anew. Weights that a recipe of its own card does not
/// name are random, drawn with `seed`. Throws UsageError or InputError.
Student open_student(const StudentChoice& choice,
                     const std::string& name,
                     const std::vector<std::string>& taps,
                     int64_t classes,
                     int64_t seed,
                     Log& log);

/// The layer that a classification reads where its recipe names none: the last one.
std::string last_layer(const StudentChoice& choice, const std::string& name);

}  // namespace strata::train

#pragma once

#include "nn/card.hpp"
#include "nn/graph.hpp"
#include "weights/state_dict.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace strata::nn {

// A card's files of weights: where they are, and which of them a file is.

/// The file of the first of the card's entries that lies beside the card or in a weight folder.
std::optional<std::filesystem::path> find_weights(const Card& card, const ModelPaths& paths);

/// "download ADDRESS to FOLDER/FILE, or name a file with --weights", for a message.
std::string how_to_get_weights(const Card& card, const ModelPaths& paths);

/// The card's entry that `file` is, whatever it is called: by its SHA-256, else by the first
/// convolution's weights, else by its name, else the first; an empty entry with the card's input
/// where the card has none. Weights that are another family's are an InputError that names the card
/// they belong to, where there is one: known by SHA-256, or by the first convolution's weights.
///
/// The first convolution's root mean square counts as an entry's within 5 %, and may differ from
/// it threefold in weights that were trained further.
WeightsEntry entry_of(const weights::StateDict& file,
                      const Card& card,
                      const Graph& graph,
                      const ModelPaths& paths);

/// Throws InputError where a file that was found by its entry's name has another SHA-256.
void check_digest(const weights::StateDict& file, const WeightsEntry& entry);

/// `file` with the network's names, and without what the entry ignores.
weights::StateDict adapted(weights::StateDict file, const WeightsEntry& entry);

}  // namespace strata::nn

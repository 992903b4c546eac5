#pragma once

#include "weights/state_dict.hpp"

#include <string>

namespace strata::weights {

/// Keeps the names that begin with "PREFIX." and takes it off them. False, and nothing changed,
/// where there is none.
bool keep_prefix(StateDict& dict, const std::string& prefix);

/// Takes the wrappers' prefixes (module., model., backbone., _orig_mod.) off, again and again,
/// where all names carry one. Says so in `notes`. AveragedModel's counter n_averaged, which stands
/// beside its prefix, is left out.
void strip_common_prefixes(StateDict& dict);

/// The first parts of the names, for a message: "features, classifier".
std::string first_parts(const StateDict& dict);

}  // namespace strata::weights

#pragma once

#include "weights/state_dict.hpp"
#include "weights/torch_file.hpp"

#include <string>

namespace strata::weights {

/// Finds the state_dict in a torch file and reads its tensors into `into`. `key` is
/// ReadOptions::key; what of it names no mapping is returned, and meant as the beginning of names.
/// Tensors that view the same storage share memory.
std::string read_torch(const TorchFile& file,
                       const ByteSource& source,
                       const std::string& key,
                       StateDict& into);

}  // namespace strata::weights

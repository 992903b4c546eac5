#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::weights {

/// Named tensors out of a file, on the CPU.
struct StateDict {
  std::map<std::string, at::Tensor> tensors;
  /// Free text the file carries (safetensors' __metadata__).
  std::map<std::string, std::string> metadata;
  std::filesystem::path file;
  std::string sha256;  ///< of the whole file
  std::string format;  ///< "safetensors", "torch zip", "torch legacy"
  /// What was done to the names: "state_dict", "prefix module." ...
  std::vector<std::string> notes;
  /// Tensors that were refused because they depend on an object that is not data: name -> why.
  /// Only asking for one of them is an error.
  std::map<std::string, std::string> refused;
};

struct ReadOptions {
  /// Dotted path to the state_dict inside a nested checkpoint ("state_dict_ema"); empty: the top
  /// level if it holds tensors, else "state_dict", "model_state_dict", "model", "net", "ema",
  /// whichever is there alone. An unknown key is a UsageError listing what is there.
  std::string key;
  /// Common prefixes are stripped where all names carry one: module., model., backbone.,
  /// _orig_mod. (repeatedly).
  bool strip_prefixes = true;
};

/// Reads a weights file, its format told by its first bytes and never by its name. Executes
/// nothing. Every offset and size is checked before memory is taken. Throws InputError.
StateDict read(const std::filesystem::path& file, const ReadOptions& options = {});

/// Writes safetensors, atomically: sorted names, 8-byte aligned data, C-contiguous.
void write_safetensors(const std::filesystem::path& file,
                       const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace strata::weights

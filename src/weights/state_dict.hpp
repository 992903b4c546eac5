#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::weights {

/// Named tensors out of a file, on the CPU. They own their memory: nothing of the file stays open
/// or mapped. Tensors of a torch file keep its strides, and those that view one storage share it;
/// those of safetensors are contiguous and share nothing.
struct StateDict {
  std::map<std::string, at::Tensor> tensors;
  /// Free text the file carries (safetensors' __metadata__).
  std::map<std::string, std::string> metadata;
  std::filesystem::path file;
  std::string sha256;  ///< of the whole file
  std::string format;  ///< "safetensors", "torch zip", "torch legacy"
  /// What was done to the names: "state_dict", "prefix module." ...
  std::vector<std::string> notes;
  /// Tensors that were refused because they depend on an object that is not data, or have a type
  /// that is not supported (complex, quantised, 8-bit floats): name -> why. Only asking for one of
  /// them is an error.
  std::map<std::string, std::string> refused;
};

struct ReadOptions {
  /// Dotted path to the state_dict inside a nested checkpoint ("state_dict_ema"); what of it names
  /// no mapping is the beginning of names ("state_dict.encoder"), also in safetensors. Empty:
  /// "state_dict", "model_state_dict", "model", "net" or "ema", whichever holds tensors, else the
  /// top level if it does, else the only mapping in it that does. An unknown key, and more than one
  /// to choose from, are UsageErrors listing what is there.
  std::string key = {};
  /// Common prefixes are stripped where all names carry one: module., model., backbone.,
  /// _orig_mod. (repeatedly); torch's AveragedModel's counter n_averaged beside them is left out.
  bool strip_prefixes = true;
};

/// Reads a weights file, its format told by its first bytes and never by its name. Executes
/// nothing. Every offset and size is checked before memory is taken; a file may unpack to 64 MiB
/// and 16 times its size at most. Throws InputError, UsageError (see ReadOptions::key), and
/// ResourceError where memory runs out.
StateDict read(const std::filesystem::path& file, const ReadOptions& options = {});

/// Writes safetensors, atomically: C-contiguous, the data 8-byte aligned; larger types first, then
/// by name, so that each tensor is aligned to its type. Throws InputError for a type or name that
/// the format cannot hold, and what AtomicFile throws.
void write_safetensors(const std::filesystem::path& file,
                       const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace strata::weights

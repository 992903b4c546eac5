#pragma once

#include "weights/byte_source.hpp"
#include "weights/pickle.hpp"
#include "weights/torch_objects.hpp"

#include <functional>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::weights {

/// A file of torch.save, of which the pickle was read and the storages can be.
struct TorchFile {
  std::string format;  ///< "torch zip", "torch legacy"
  Pickle pickle;
  /// The bytes of a whole storage, in memory of its own (uint8, one dimension). Throws InputError
  /// where the file does not hold as many as the storage needs.
  std::function<at::Tensor(const Storage&)> load;
};

/// torch.save since 1.6: a zip archive with FOLDER/data.pkl and FOLDER/data/KEY. `source` must
/// outlive the result.
TorchFile open_torch_zip(const FileSource& source);

/// torch.save before 1.6: five pickles (magic number, protocol, system, object, storage keys), then
/// for each key its number of elements and its bytes. `source` must outlive the result.
TorchFile open_torch_legacy(const ByteSource& source);

}  // namespace strata::weights

#include "weights/safetensors.hpp"

#include "weights/layout.hpp"

#include <fmt/format.h>

namespace strata::weights {

void read_safetensors(const ByteSource& source, StateDict& into) {
  const SafetensorsHeader header = read_safetensors_header(source);
  into.metadata = header.metadata;
  into.format = "safetensors";
  for (const auto& [name, entry] : header.entries) {
    if (!entry.type->type) {
      into.refused[name] = fmt::format("has dtype {}, which is not supported", entry.type->name);
      continue;
    }
    const at::Tensor tensor = allocate(entry.shape, *entry.type->type);
    source.read(header.data_offset + entry.begin, bytes_of(tensor));
    if (tensor.scalar_type() == at::kBool) normalise_bools(tensor);
    into.tensors.emplace(name, tensor);
  }
}

}  // namespace strata::weights

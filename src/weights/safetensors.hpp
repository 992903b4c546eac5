#pragma once

#include "weights/byte_source.hpp"
#include "weights/state_dict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <c10/core/ScalarType.h>

namespace strata::weights {

/// A number format of safetensors. `type` is absent for those that are known by size but refused.
struct SafetensorsType {
  std::string_view name;
  uint64_t bytes;
  std::optional<at::ScalarType> type;
};

/// By the format's name ("BF16"), or by LibTorch's type; nullptr: unknown.
const SafetensorsType* safetensors_type(std::string_view name);
const SafetensorsType* safetensors_type(at::ScalarType type);

/// What the header says of one tensor: bytes `begin` to `end` of the data, which follow the header.
struct SafetensorsEntry {
  const SafetensorsType* type = nullptr;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
  uint64_t data_offset = 0;  ///< where the data begin in the file
};

/// Whether the file could be safetensors: eight bytes of length, then "{".
bool looks_like_safetensors(const ByteSource& source);

/// Parses and checks the header: its length (at most 100 MB), strict JSON of the right form without
/// duplicate names, every shape against its bytes, and that the tensors fill the data without holes
/// or overlaps. Throws InputError.
SafetensorsHeader read_safetensors_header(const ByteSource& source);

/// The tensors, each in memory of its own; those of a refused type go to `refused`.
void read_safetensors(const ByteSource& source, StateDict& into);

}  // namespace strata::weights

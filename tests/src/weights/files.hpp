#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::weights {

/// A file that tests/golden/torch_files.py wrote.
std::filesystem::path golden(const std::string& name);

/// That script's numbers: element i, in C order, is ((37 k + 11 i) mod 64 - 32) / 8 for floats,
/// eight times as much for integers.
at::Tensor ramp(int64_t k, const std::vector<int64_t>& shape, at::ScalarType type = at::kFloat);

/// Same type, shape and numbers.
bool same(const at::Tensor& a, const at::Tensor& b);

/// `value` in `count` bytes, least significant first.
std::string little(uint64_t value, int count);

/// A safetensors file with this header.
std::string safetensors_bytes(std::string_view header, std::string_view data);

/// Pieces of a pickle, protocol 2. They can be put together: p_call(p_global("os", "system"),
/// p_tuple({p_text("true")})).
std::string p_text(std::string_view text);
std::string p_int(int64_t value);
std::string p_global(std::string_view module, std::string_view name);
std::string p_tuple(const std::vector<std::string>& items);
std::string p_ints(const std::vector<int64_t>& numbers);
std::string p_dict(const std::vector<std::pair<std::string, std::string>>& items);
std::string p_call(const std::string& callable, const std::string& arguments);
std::string p_storage(std::string_view type, std::string_view key, int64_t elements);
std::string p_tensor(const std::string& storage,
                     int64_t offset,
                     const std::vector<int64_t>& sizes,
                     const std::vector<int64_t>& strides);
/// The value as a whole pickle.
std::string pickled(const std::string& value);

/// A legacy torch file: the object and its storages, (key, elements, bytes).
struct StorageBytes {
  std::string key;
  int64_t elements;
  std::string bytes;
};
std::string legacy_bytes(const std::string& object, const std::vector<StorageBytes>& storages);

/// Writes a zip archive of these entries, stored or deflated.
void write_zip(const std::filesystem::path& file,
               const std::vector<std::pair<std::string, std::string>>& entries,
               bool deflate = false);

}  // namespace strata::weights

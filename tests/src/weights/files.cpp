#include "files.hpp"

#include "base/error.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <zip.h>

namespace strata::weights {

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(STRATA_SOURCE_DIR) / "tests/golden/weights" / name;
}

at::Tensor ramp(int64_t k, const std::vector<int64_t>& shape, at::ScalarType type) {
  const at::Tensor out = at::empty(shape, at::kDouble);
  double* const values = out.data_ptr<double>();
  for (int64_t i = 0; i < out.numel(); ++i) {
    const auto steps = static_cast<double>((37 * k + 11 * i) % 64 - 32);
    values[i] = at::isFloatingType(type) ? steps / 8 : steps;
  }
  return out.to(type);
}

bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && at::equal(a, b);
}

std::string little(uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 255U);
  return bytes;
}

std::string safetensors_bytes(std::string_view header, std::string_view data) {
  return little(header.size(), 8) + std::string(header) + std::string(data);
}

std::string p_text(std::string_view text) {
  return "X" + little(text.size(), 4) + std::string(text);
}

std::string p_int(int64_t value) { return "\x8a\x08" + little(static_cast<uint64_t>(value), 8); }

std::string p_global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}

std::string p_tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}

std::string p_ints(const std::vector<int64_t>& numbers) {
  std::vector<std::string> items;
  items.reserve(numbers.size());
  for (const int64_t number : numbers) items.push_back(p_int(number));
  return p_tuple(items);
}

std::string p_dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "}(";
  for (const auto& [key, value] : items) out += p_text(key) + value;
  return out + "u";
}

std::string p_call(const std::string& callable, const std::string& arguments) {
  return callable + arguments + "R";
}

std::string p_storage(std::string_view type, std::string_view key, int64_t elements) {
  return p_tuple({p_text("storage"), p_global("torch", type), p_text(key), p_text("cpu"),
                  p_int(elements)}) +
         "Q";
}

std::string p_tensor(const std::string& storage,
                     int64_t offset,
                     const std::vector<int64_t>& sizes,
                     const std::vector<int64_t>& strides) {
  return p_call(p_global("torch._utils", "_rebuild_tensor_v2"),
                p_tuple({storage, p_int(offset), p_ints(sizes), p_ints(strides), "\x89", "N"}));
}

std::string pickled(const std::string& value) { return "\x80\x02" + value + "."; }

std::string legacy_bytes(const std::string& object, const std::vector<StorageBytes>& storages) {
  std::string bytes = pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
  bytes += pickled(p_int(1001));
  bytes += pickled(p_dict({{"little_endian", "\x88"}}));
  bytes += pickled(object);
  std::string keys = "](";
  for (const StorageBytes& storage : storages) keys += p_text(storage.key);
  bytes += pickled(keys + "e");
  for (const StorageBytes& storage : storages) {
    bytes += little(static_cast<uint64_t>(storage.elements), 8) + storage.bytes;
  }
  return bytes;
}

void write_zip(const std::filesystem::path& file,
               const std::vector<std::pair<std::string, std::string>>& entries,
               bool deflate) {
  int code = 0;
  zip_t* const zip = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  STRATA_CHECK(zip != nullptr, "zip_open");
  for (const auto& [name, contents] : entries) {
    zip_source_t* const source = zip_source_buffer(zip, contents.data(), contents.size(), 0);
    const zip_int64_t index = zip_file_add(zip, name.c_str(), source, 0);
    STRATA_CHECK(index >= 0, "zip_file_add");
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index),
                             deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
  }
  STRATA_CHECK(zip_close(zip) == 0, "zip_close");
}

}  // namespace strata::weights

#include "base/error.hpp"
#include "base/file.hpp"
#include "weights/layout.hpp"
#include "weights/quote.hpp"
#include "weights/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::weights {
namespace {

struct Item {
  const std::string* name;
  const at::Tensor* tensor;
  const SafetensorsType* type;
};

/// Larger types first, then by name: every tensor begins at a multiple of its type's size, though
/// the format allows no gaps.
std::vector<Item> in_file_order(const std::filesystem::path& file,
                                const std::map<std::string, at::Tensor>& tensors) {
  std::vector<Item> items;
  for (const auto& [name, tensor] : tensors) {
    STRATA_CHECK(tensor.defined(), "undefined tensor " + name);
    const SafetensorsType* type = safetensors_type(tensor.scalar_type());
    if (name == "__metadata__" || !is_utf8(name)) {
      throw InputError(file,
                       fmt::format("cannot hold a tensor of the name \"{}\"", printable(name)));
    }
    if (type == nullptr) {
      throw InputError(file, fmt::format("cannot hold {}: safetensors has no type {}",
                                         printable(name), c10::toString(tensor.scalar_type())));
    }
    items.push_back({&name, &tensor, type});
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.type->bytes > b.type->bytes; });
  return items;
}

std::string header_text(const std::vector<Item>& items,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const Item& item : items) {
    const uint64_t end = offset + item.tensor->nbytes();
    header[*item.name] = {{"dtype", std::string(item.type->name)},
                          {"shape", item.tensor->sizes().vec()},
                          {"data_offsets", {offset, end}}};
    offset = end;
  }
  // Metadata may hold file names, whose bytes need not be UTF-8.
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& file,
                       const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  static_assert(std::endian::native == std::endian::little);
  const std::vector<Item> items = in_file_order(file, tensors);
  const std::string header = header_text(items, metadata);
  const auto size = static_cast<uint64_t>(header.size());
  AtomicFile output(file);
  output.write(std::as_bytes(std::span(&size, 1)));
  output.write(header);
  for (const Item& item : items) {
    output.write(bytes_of(item.tensor->detach().cpu().contiguous()));
  }
  output.commit();
}

}  // namespace strata::weights

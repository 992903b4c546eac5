#include "probes/shard.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "weights/state_dict.hpp"

#include <array>
#include <fstream>
#include <span>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::probes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kKind = "strata activation shard";
constexpr size_t kIdDigits = 24;
constexpr int64_t kMaxHeader = int64_t{1} << 26;

std::span<const std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

std::string dtype_name(at::ScalarType type) {
  STRATA_CHECK(type == at::kFloat || type == at::kHalf, "features are float32 or float16");
  return type == at::kFloat ? "F32" : "F16";
}

json manifest_of(const Block& block) {
  json features = json::object();
  for (const auto& [key, tensor] : block.features) {
    features[key] = {{"sha256", sha256_hex(bytes_of(tensor))},
                     {"dtype", dtype_name(tensor.scalar_type())},
                     {"dims", tensor.size(1)},
                     {"definition", block.definitions.at(key)}};
  }
  return {{"kind", kKind},
          {"schema", kStoreSchema},
          {"pictures", block.pictures},
          {"features", features}};
}

std::string id_of(const std::string& manifest_text) {
  return sha256_hex(manifest_text).substr(0, kIdDigits);
}

/// The safetensors header of `file`: name -> {dtype, shape, data_offsets}, and where data begin.
std::pair<json, int64_t> read_header(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<unsigned char, 8> prefix{};
  if (!stream.read(reinterpret_cast<char*>(prefix.data()), prefix.size())) {
    throw InputError(file, "is missing or too short");
  }
  uint64_t length = 0;
  for (size_t i = 0; i < prefix.size(); ++i) length |= uint64_t{prefix[i]} << (8 * i);
  if (length > static_cast<uint64_t>(kMaxHeader)) throw InputError(file, "its header is damaged");
  std::string text(length, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(length))) {
    throw InputError(file, "ends inside its header");
  }
  const json header = json::parse(text, nullptr, false);
  if (!header.is_object()) throw InputError(file, "its header is damaged");
  return {header, 8 + static_cast<int64_t>(length)};
}

}  // namespace

fs::path Shard::data() const {
  fs::path file = manifest_;
  return file.replace_extension(".safetensors");
}

Shard Shard::write(const fs::path& folder, const Block& block) {
  for (const auto& [key, tensor] : block.features) {
    STRATA_CHECK(tensor.dim() == 2 && tensor.is_contiguous() &&
                     tensor.size(0) == static_cast<int64_t>(block.pictures.size()),
                 "a block whose rows are not its pictures");
  }
  const std::string text = manifest_of(block).dump(1);
  const fs::path manifest = folder / fmt::format("shard-{}.json", id_of(text));
  fs::path data = manifest;
  weights::write_safetensors(data.replace_extension(".safetensors"), block.features);
  try {
    write_file(manifest, text);
  } catch (...) {
    std::error_code ignored;
    fs::remove(data, ignored);
    throw;
  }
  return open(manifest);
}

Shard Shard::open(const fs::path& manifest) {
  const std::string text = read_text(manifest, size_t{1} << 30U);
  if (manifest.stem() != "shard-" + id_of(text)) {
    throw InputError(manifest, "does not hold what was written");
  }
  const json found = json::parse(text, nullptr, false);
  if (!found.is_object() || found.value("kind", "") != kKind) {
    throw InputError(manifest, "is not a shard's manifest");
  }
  if (found.value("schema", 0) != kStoreSchema) {
    throw InputError(manifest, fmt::format("has schema {}, expected {}", found.value("schema", 0),
                                           kStoreSchema));
  }
  Shard shard;
  shard.manifest_ = manifest;
  shard.pictures_ = found.at("pictures").get<std::vector<std::string>>();
  for (const auto& [key, feature] : found.at("features").items()) {
    Stored stored;
    stored.sha256 = feature.at("sha256");
    stored.dtype = feature.at("dtype") == "F32" ? at::kFloat : at::kHalf;
    stored.dims = feature.at("dims");
    shard.tensors_[key] = stored;
  }
  shard.locate();
  return shard;
}

void Shard::locate() {
  const auto [header, begin] = read_header(data());
  const auto size = static_cast<int64_t>(fs::file_size(data()));
  const auto rows = static_cast<int64_t>(pictures_.size());
  for (auto& [key, stored] : tensors_) {
    const json entry = header.value(key, json());
    const json shape = {rows, stored.dims};
    if (!entry.is_object() || entry.value("shape", json()) != shape ||
        entry.value("dtype", "") != dtype_name(stored.dtype)) {
      throw InputError(data(), "does not hold what its manifest says");
    }
    const auto offsets = entry.value("data_offsets", std::vector<int64_t>{});
    stored.bytes = rows * stored.dims * static_cast<int64_t>(at::elementSize(stored.dtype));
    if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] - offsets[0] != stored.bytes) {
      throw InputError(data(), "its header is damaged");
    }
    if (begin + offsets[1] > size) throw InputError(data(), "is truncated");
    stored.offset = begin + offsets[0];
  }
}

std::vector<std::string> Shard::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, stored] : tensors_) keys.push_back(key);
  return keys;
}

at::Tensor Shard::read(const std::string& key) const {
  const Stored& stored = tensors_.at(key);
  at::Tensor rows = at::empty({static_cast<int64_t>(pictures_.size()), stored.dims}, stored.dtype);
  std::ifstream stream(data(), std::ios::binary);
  stream.seekg(stored.offset);
  if (!stream.read(static_cast<char*>(rows.data_ptr()), stored.bytes)) {
    throw InputError(data(), "cannot be read to its end");
  }
  if (sha256_hex(bytes_of(rows)) != stored.sha256) {
    throw InputError(data(), "does not hold the bytes that were written");
  }
  return rows;
}

double Shard::bytes() const {
  std::error_code ignored;
  return static_cast<double>(fs::file_size(data(), ignored)) +
         static_cast<double>(fs::file_size(manifest_, ignored));
}

void Shard::remove() const {
  std::error_code ignored;
  fs::remove(manifest_, ignored);
  fs::remove(data(), ignored);
}

}  // namespace strata::probes

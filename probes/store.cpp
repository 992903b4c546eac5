#include "probes/store.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::probes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kKind = "strata activation store";
constexpr const char* kMarker = "store.json";

/// Throws unless `folder` is a store, empty, or not there at all.
void check_is_store(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return;
  if (!fs::is_directory(folder, ignored)) throw InputError(folder, "is a file, not a folder");
  const fs::path marker = folder / kMarker;
  if (!fs::exists(marker, ignored)) {
    if (fs::is_empty(folder, ignored)) return;
    throw InputError(folder, fmt::format("holds other files and no {}: it is not an activation "
                                         "store; name a new folder",
                                         kMarker));
  }
  const json found = json::parse(read_text(marker), nullptr, false);
  if (!found.is_object() || found.value("kind", "") != kKind) {
    throw InputError(marker, "is not an activation store's");
  }
  if (found.value("schema", 0) != kStoreSchema) {
    throw InputError(marker, fmt::format("the store has schema {}, this version reads {}; name a "
                                         "new folder",
                                         found.value("schema", 0), kStoreSchema));
  }
}

bool is_own_file(const std::string& name) {
  // Also what an AtomicFile leaves when its process is killed: ".NAME.tmp-...".
  return name == kMarker || name == "pictures.csv" || name.starts_with("shard-") ||
         name.starts_with(".shard-") || name.starts_with(std::string(".") + kMarker);
}

at::Tensor as_stored(const at::Tensor& features, const FeatureKey& key) {
  STRATA_CHECK(features.dim() == 2 && features.size(1) == key.dims, "features of another width");
  const at::Tensor stored = features.to(at::kCPU, key.dtype).contiguous();
  if (!at::isfinite(stored).all().item<bool>()) {
    const std::string layer = key.definition.value("tap", "a layer");
    throw NumericalError(key.dtype == at::kHalf && at::isfinite(features).all().item<bool>()
                             ? layer + ": its features are too large for float16; take float32"
                             : layer + ": its features are not finite");
  }
  return stored;
}

}  // namespace

ActivationStore::ActivationStore(fs::path folder, Log& log)
    : folder_(std::move(folder)), log_(log) {
  check_is_store(folder_);
  std::error_code ignored;
  std::vector<fs::path> manifests;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".json" && file.filename().string().starts_with("shard-")) {
      manifests.push_back(file);
    }
  }
  std::sort(manifests.begin(), manifests.end());
  for (const fs::path& manifest : manifests) {
    try {
      shards_.push_back(Shard::open(manifest));
    } catch (const InputError& error) {
      log_.warn(fmt::format("{}; the rows in it are computed again", error.what()));
      fs::path data = manifest;
      fs::remove(manifest, ignored);
      fs::remove(data.replace_extension(".safetensors"), ignored);
    }
  }
}

void ActivationStore::create() {
  make_folder(folder_);
  const fs::path marker = folder_ / kMarker;
  if (fs::exists(marker)) return;
  write_file(marker, json{{"kind", kKind}, {"schema", kStoreSchema}}.dump(1) + "\n");
}

std::vector<size_t> ActivationStore::missing(const FeatureKey& key,
                                             const std::vector<std::string>& pictures) const {
  std::unordered_set<std::string_view> present;
  for (const Shard& shard : shards_) {
    if (shard.has(key.hash)) present.insert(shard.pictures().begin(), shard.pictures().end());
  }
  std::vector<size_t> rows;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (present.count(pictures[i]) == 0) rows.push_back(i);
  }
  return rows;
}

void ActivationStore::append(const std::vector<std::string>& pictures,
                             const std::vector<FeatureKey>& keys,
                             const std::vector<at::Tensor>& features) {
  STRATA_CHECK(keys.size() == features.size(), "a key for each feature");
  if (pictures.empty() || keys.empty()) return;
  Block block;
  block.pictures = pictures;
  for (size_t i = 0; i < keys.size(); ++i) {
    block.features[keys[i].hash] = as_stored(features[i], keys[i]);
    block.definitions[keys[i].hash] = keys[i].definition;
  }
  create();
  shards_.push_back(Shard::write(folder_, block));
}

std::optional<at::Tensor> ActivationStore::read(const FeatureKey& key,
                                                const std::vector<std::string>& pictures) {
  std::unordered_map<std::string_view, std::vector<int64_t>> rows_of;  // a picture may come twice
  for (size_t i = 0; i < pictures.size(); ++i) {
    rows_of[pictures[i]].push_back(static_cast<int64_t>(i));
  }
  at::Tensor result = at::empty({static_cast<int64_t>(pictures.size()), key.dims}, at::kFloat);
  for (size_t s = 0; s < shards_.size() && !rows_of.empty(); ++s) {
    if (!shards_[s].has(key.hash)) continue;
    std::vector<int64_t> from, to;
    for (size_t row = 0; row < shards_[s].pictures().size(); ++row) {
      const auto wanted = rows_of.find(shards_[s].pictures()[row]);
      if (wanted == rows_of.end()) continue;
      for (const int64_t target : wanted->second) {
        from.push_back(static_cast<int64_t>(row));
        to.push_back(target);
      }
      rows_of.erase(wanted);
    }
    if (from.empty()) continue;
    try {
      const at::Tensor stored = shards_[s].read(key.hash).to(at::kFloat);
      result.index_copy_(0, at::tensor(to, at::kLong),
                         stored.index_select(0, at::tensor(from, at::kLong)));
    } catch (const InputError& error) {
      drop(s, error.what());
      return std::nullopt;
    }
  }
  if (!rows_of.empty()) return std::nullopt;
  return result;
}

void ActivationStore::drop(size_t shard, const std::string& why) {
  log_.warn(why + "; the rows in it are computed again");
  shards_[shard].remove();
  shards_.erase(shards_.begin() + static_cast<std::ptrdiff_t>(shard));
}

double ActivationStore::bytes() const {
  double sum = 0;
  for (const Shard& shard : shards_) sum += shard.bytes();
  return sum;
}

double ActivationStore::clear(const fs::path& folder) {
  check_is_store(folder);
  double freed = 0;
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (is_own_file(entry.path().filename().string())) files.push_back(entry.path());
  }
  // The marker last: a clearing that is interrupted can be repeated.
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return std::pair(a.filename() == kMarker, a) < std::pair(b.filename() == kMarker, b);
  });
  for (const fs::path& file : files) {
    const auto size = fs::file_size(file, ignored);
    if (fs::remove(file, ignored)) freed += static_cast<double>(size);
  }
  fs::remove(folder, ignored);  // only where nothing else is in it
  return freed;
}

}  // namespace strata::probes

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

namespace strata::probes {

/// Raised in everything that the activation store writes when its files change their meaning.
inline constexpr int kStoreSchema = 1;

/// Rows of several features for the same pictures, as they are written together.
struct Block {
  std::vector<std::string> pictures;                  ///< SHA-256 of each row's picture, distinct
  std::map<std::string, at::Tensor> features;         ///< by key; n x d, contiguous, on the CPU
  std::map<std::string, nlohmann::json> definitions;  ///< what each key stands for
};

/// A block on disk: `shard-ID.safetensors` with one tensor a key, and its manifest `shard-ID.json`
/// (docs/store.md). ID is a hash of the manifest, which holds a hash of each tensor: a changed byte
/// anywhere shows. The manifest is written last; data without one do not count.
class Shard {
 public:
  /// Writes a block. Throws ResourceError where the disk is full; then nothing of it is left.
  static Shard write(const std::filesystem::path& folder, const Block& block);
  /// Opens a shard by its manifest. Throws InputError where the manifest is damaged or of another
  /// schema, or where the data are missing, too short or of another shape than it says. The numbers
  /// themselves are checked when they are read.
  static Shard open(const std::filesystem::path& manifest);

  const std::vector<std::string>& pictures() const { return pictures_; }
  bool has(const std::string& key) const { return tensors_.count(key) > 0; }
  std::vector<std::string> keys() const;
  /// All rows of one key, in the order of pictures(), in the dtype they have on disk. Throws
  /// InputError where they are not the bytes that were written.
  at::Tensor read(const std::string& key) const;
  double bytes() const;
  /// Deletes both files; the manifest first.
  void remove() const;
  const std::filesystem::path& manifest() const { return manifest_; }

 private:
  struct Stored {
    std::string sha256;
    at::ScalarType dtype = at::kFloat;
    int64_t dims = 0;
    int64_t offset = 0;  // of the first byte in the file
    int64_t bytes = 0;
  };

  std::filesystem::path data() const;
  void locate();

  std::filesystem::path manifest_;
  std::vector<std::string> pictures_;
  std::map<std::string, Stored> tensors_;
};

}  // namespace strata::probes

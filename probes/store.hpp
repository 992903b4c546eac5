#pragma once

#include "base/log.hpp"
#include "probes/shard.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

namespace strata::probes {

/// What a column of features is: everything that its numbers depend on besides the picture.
struct FeatureKey {
  std::string hash;           ///< SHA-256 of the definition: the key
  nlohmann::json definition;  ///< docs/store.md lists its members
  int64_t dims = 0;
  at::ScalarType dtype = at::kFloat;  ///< on disk: float32 or float16
};

/// Features on disk, addressed by what they are: rows of a key are named by the SHA-256 of their
/// picture's bytes, so a changed ingredient or picture is another row and never a stale one.
/// Several processes may write at once: each appends files of its own, under names that are hashes
/// of what they hold, and a row that two of them computed is there twice and equal.
class ActivationStore {
 public:
  /// Opens the store in `folder`, or an empty one that is created when the first rows are appended.
  /// Damaged shards are deleted with a warning: their rows are missing then. Throws InputError
  /// where the folder holds something else, or a store of another schema.
  ActivationStore(std::filesystem::path folder, Log& log);

  const std::filesystem::path& folder() const { return folder_; }
  /// Indices of the pictures that have no row of `key`.
  std::vector<size_t> missing(const FeatureKey& key,
                              const std::vector<std::string>& pictures) const;
  /// Appends rows. Throws NumericalError where they do not fit the dtype or are not finite: `title`
  /// of that key's definition names the layer.
  void append(const std::vector<std::string>& pictures,
              const std::vector<FeatureKey>& keys,
              const std::vector<at::Tensor>& features);
  /// Rows of the pictures in their order, n x dims, float32. Nothing where a row is missing; where
  /// a shard turns out to be damaged it is deleted with a warning, and so its rows are missing.
  std::optional<at::Tensor> read(const FeatureKey& key, const std::vector<std::string>& pictures);
  double bytes() const;
  size_t shards() const { return shards_.size(); }

  /// Deletes all that the store wrote, and files that an interrupted writer left. Returns the bytes
  /// freed.
  static double clear(const std::filesystem::path& folder);

 private:
  void create();
  void drop(size_t shard, const std::string& why);

  std::filesystem::path folder_;
  Log& log_;
  std::vector<Shard> shards_;
};

}  // namespace strata::probes

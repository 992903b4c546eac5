#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace strata::data {

/// One picture of a data set. Indices into Dataset::classes / domains; -1: the data set has none.
struct Item {
  std::filesystem::path file;
  std::string name;  ///< path relative to the data set, with forward slashes: its identity
  int64_t label = -1;
  int64_t domain = -1;
  std::string group;  ///< pictures of one group never lie in two splits; empty: its own group
  std::string split;  ///< the manifest's split column, may be empty
};

struct Dataset {
  std::filesystem::path root;
  std::string layout;                ///< "class", "domain/class", "flat", "manifest"
  std::vector<std::string> classes;  ///< sorted
  std::vector<std::string> domains;  ///< sorted; empty where there are none
  std::vector<Item> items;           ///< sorted by name

  /// A copy of the items whose domain or class name is in the lists (empty: all). Unknown names are
  /// UsageErrors with the nearest.
  Dataset filtered(const std::vector<std::string>& domains,
                   const std::vector<std::string>& classes) const;
};

/// `layout`: "class" (root/CLASS/*.jpg), "domain/class" (root/DOMAIN/CLASS/*.jpg), "flat"
/// (root/*.jpg, no labels), "manifest" (`root` is a CSV file with the columns path, label, domain,
/// group, split of which only path is required; paths are relative to the CSV), "auto" (told by
/// depth). Picture files are those ending in .jpg .jpeg .png .tif .tiff .webp .bmp, any case;
/// hidden files are left out. Throws InputError: no pictures, an empty class, a manifest row that
/// is wrong (with line number).
Dataset open_dataset(const std::filesystem::path& root, const std::string& layout = "auto");

}  // namespace strata::data

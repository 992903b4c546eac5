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

  /// A copy of the items whose domain or class name is in the lists (empty: all). `classes` and
  /// `domains` shrink to the lists that are given, and to nothing else: two domains of one data set
  /// keep the same class indices even where one of them lacks a class. Throws UsageError for
  /// unknown names, with the nearest, and InputError where no picture is left.
  Dataset filtered(const std::vector<std::string>& wanted_domains,
                   const std::vector<std::string>& wanted_classes) const;
};

/// `layout`: "class" (root/CLASS/*.jpg), "domain/class" (root/DOMAIN/CLASS/*.jpg), "flat"
/// (root/*.jpg, no labels), "manifest" (`root` is a CSV file with the columns path, label, domain,
/// group, split of which only path is required), "auto" (a file is a manifest, a folder is told by
/// the depth of its pictures). Picture files are those ending in .jpg .jpeg .png .tif .tiff .webp
/// .bmp, any case; hidden files and folders are left out, links are followed, other files ignored.
/// All pictures of a folder lie at the layout's depth, so that none is left out by mistake.
///
/// A manifest's paths are relative to the CSV, or absolute; any file may be named. Rows have labels
/// (and domains) all or none. Columns with other names are ignored, unless the name looks like a
/// slip of one of the five. Files are not opened here, but they must exist.
///
/// Throws UsageError for an unknown layout. Throws InputError: no pictures, an empty class, a
/// picture at the wrong depth, manifest rows that are wrong (with line number).
Dataset open_dataset(const std::filesystem::path& root, const std::string& layout = "auto");

}  // namespace strata::data

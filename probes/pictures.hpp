#pragma once

#include "base/stop_signal.hpp"
#include "data/dataset.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace strata::probes {

/// A data set and what names each of its pictures in the activation store.
struct PictureSet {
  data::Dataset dataset;
  /// SHA-256 of each picture file's bytes; empty where the file cannot be read.
  std::vector<std::string> sha256;

  size_t size() const { return dataset.items.size(); }
};

/// Reads every file once, on several threads. Throws Interrupted.
PictureSet hash_pictures(data::Dataset dataset, const StopSignal& stop);

/// One row a picture: picture, class, domain, group, sha256.
void write_picture_list(const std::filesystem::path& file, const PictureSet& pictures);

}  // namespace strata::probes

#pragma once

#include "data/dataset.hpp"

#include <filesystem>
#include <string>

namespace strata::data {

/// open_dataset for the layouts of a folder: "class", "domain/class", "flat", "auto".
Dataset open_picture_folder(const std::filesystem::path& root, const std::string& layout);

/// Whether the name ends as those of pictures do.
bool is_picture_name(const std::filesystem::path& file);

}  // namespace strata::data

#pragma once

#include "data/dataset.hpp"

#include <filesystem>

namespace strata::data {

/// open_dataset for the layout "manifest".
Dataset open_manifest(const std::filesystem::path& csv);

}  // namespace strata::data

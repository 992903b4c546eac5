#pragma once

#include "data/dataset.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace strata::data {

/// Writes an empty file, and the folders it lies in: enough where nothing is decoded.
void touch(const std::filesystem::path& file);

/// Writes a real picture of one colour, and the folders it lies in.
void write_picture(const std::filesystem::path& file, int width, int height, int red);

std::vector<std::string> names_of(const Dataset& dataset);

/// 0, 1, ..., all rows of the data set.
std::vector<size_t> all_rows(const Dataset& dataset);

}  // namespace strata::data

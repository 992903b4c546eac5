#pragma once

#include <cstdint>
#include <filesystem>

namespace strata::testing {

/// A smooth colour pattern with some noise; the ending tells the format.
void write_picture(const std::filesystem::path& file, int width, int height, uint64_t seed);

/// A data set of `classes` folders with `per_class` pictures of `side` pixels each; classes differ
/// in colour and in the frequency of their stripes.
void write_image_folder(const std::filesystem::path& folder, int classes, int per_class, int side);

/// A safetensors file whose names no network here has.
void write_other_weights(const std::filesystem::path& file);

/// A legacy torch file whose pickle would create `marker` if anything executed it.
void write_malicious_checkpoint(const std::filesystem::path& file,
                                const std::filesystem::path& marker);

}  // namespace strata::testing

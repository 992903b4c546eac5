#pragma once

#include <filesystem>

namespace strata::testing {

// The pictures and the weights of golden/style_terms.py, made here by the same integer hashes.

/// A PNG of stripes and blocks.
void write_golden_picture(const std::filesystem::path& file, int height, int width, int seed);

/// VGG19 to conv5_1 with uniform weights, for pictures in RGB from 0 to 1; 50 MB.
void write_golden_weights(const std::filesystem::path& file);

}  // namespace strata::testing

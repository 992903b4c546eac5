#pragma once

#include <filesystem>

namespace strata::testing {

// The pictures and the weights of golden/style_terms.py, made here by the same integer hashes.

/// A PNG of stripes and blocks.
void write_golden_picture(const std::filesystem::path& file, int height, int width, int seed);

/// VGG19 to conv5_1 with uniform weights, for pictures in RGB from 0 to 1; 50 MB. The first layer's
/// are multiplied by a factor: by 180 they have the magnitude of the published ones.
inline constexpr float kCaffeFirstLayer = 180.0F;
inline constexpr float kTorchvisionFirstLayer = 1.0F;
void write_golden_weights(const std::filesystem::path& file, float first_layer_scale);

}  // namespace strata::testing

#pragma once

#include "nn/network.hpp"
#include "styletransfer/backbone.hpp"
#include "styletransfer/preset.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::testing {

/// Three convolutions with ReLUs (relu1_1, relu2_1, relu3_1: 4, 5 and 6 channels) and a pooling
/// before each but the first, random weights, input BGR from 0 to 255 with a mean. Pictures of 4
/// pixels and more go through.
nn::Network small_network(uint64_t seed = 1);

/// The small network in double precision, with all three taps or those named.
std::shared_ptr<const styletransfer::Backbone> small_backbone(
    const std::vector<std::string>& taps = {"relu1_1", "relu2_1", "relu3_1"},
    at::ScalarType precision = at::kDouble);

/// 1 x 3 x H x W, RGB, uniform between 0.1 and 0.9, double.
at::Tensor some_picture(int64_t height, int64_t width, uint64_t seed);

/// One of the project's presets with its layers replaced by the small network's.
styletransfer::Preset preset_for_small_network(const std::string& name);

/// A card of a narrow VGG11 without weights of its own; its layers for content and style are
/// relu4_1 and relu1_1, relu2_1, relu3_1. Returns the file's path.
std::string write_narrow_card(const std::filesystem::path& folder);

/// A PNG of smooth stripes.
std::string write_picture(const std::filesystem::path& file, int width, int height, uint64_t seed);

}  // namespace strata::testing

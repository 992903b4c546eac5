#pragma once

#include <filesystem>

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// Writes an array as numpy reads it (NPY format 1.0, little-endian, C order): float32, float64 or
/// int64, any shape. Atomic.
void write_npy(const std::filesystem::path& file, const at::Tensor& array);

}  // namespace strata::probes

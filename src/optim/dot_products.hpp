#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::optim {

/// All dot products of the rows of `matrix` (r x n, float32 or float64, any device) with those of
/// them that `chosen` names: r x chosen, float64, on the matrix's device. Sums are in float64; a
/// float32 matrix is widened a stretch of columns at a time, so that no copy of it is taken.
at::Tensor dot_products(const at::Tensor& matrix, const std::vector<int64_t>& chosen);

}  // namespace strata::optim

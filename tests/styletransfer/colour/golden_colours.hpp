#pragma once

#include <string>

#include <ATen/core/Tensor.h>

namespace strata::testing {

/// An array of tests/golden/colour_match.json: rows x columns, double.
at::Tensor golden_colours(const std::string& name);

}  // namespace strata::testing

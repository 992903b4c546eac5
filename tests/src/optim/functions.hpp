#pragma once

#include "optim/objective.hpp"

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::optim {

/// f = 1/2 sum_i a_i (x_i - cos i)^2, i = 1..n, with a_i from 1 to `condition`: "log" geometric,
/// "linear" arithmetic, "inverse" with most near 1.
Function quadratic(int64_t n, double condition, const std::string& spectrum);
/// Where the golden counts start: `start` is 0 or 1.
at::Tensor quadratic_start(int64_t n, int64_t start);

/// f = sum over pairs (u, v) of 100 (v - u^2)^2 + (1 - u)^2; x may have any shape and layout.
Evaluation rosenbrock(const at::Tensor& x);
/// (u, v) + spread sin i.
at::Tensor rosenbrock_start(int64_t n, double u, double v, double spread = 0.0);

/// c f
Function scaled(Function f, double c);

}  // namespace strata::optim

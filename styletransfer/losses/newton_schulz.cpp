#include "styletransfer/losses/newton_schulz.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

double frobenius(const at::Tensor& matrix) {
  return std::sqrt(matrix.square().sum().item<double>());
}

at::Tensor thrice_identity(const at::Tensor& like) {
  return at::eye(like.size(0), like.options()).mul_(3.0);
}

}  // namespace

at::Tensor newton_schulz_root(const at::Tensor& matrix, int64_t steps) {
  const double norm = frobenius(matrix);
  if (norm == 0.0) return at::zeros_like(matrix);
  const at::Tensor three = thrice_identity(matrix);
  at::Tensor root = matrix / norm;
  at::Tensor inverse = at::eye(matrix.size(0), matrix.options());
  for (int64_t k = 0; k < steps; ++k) {
    const at::Tensor step = (three - at::mm(inverse, root)).mul_(0.5);
    root = at::mm(root, step);
    inverse = at::mm(step, inverse);
  }
  return root.mul_(std::sqrt(norm));
}

at::Tensor newton_schulz_root_trace_gradient(const at::Tensor& root, int64_t steps) {
  const double norm = frobenius(root);
  if (norm == 0.0) return at::zeros_like(root);
  const at::Tensor three = thrice_identity(root);
  at::Tensor sign = root / norm;
  // The right-hand side is the unit matrix, so everything commutes and the commutators that the
  // general equation has are zero.
  at::Tensor solution = at::eye(root.size(0), root.options()).div_(norm);
  for (int64_t k = 0; k < steps; ++k) {
    const at::Tensor step = (three - at::mm(sign, sign)).mul_(0.5);
    solution = at::mm(solution, step);
    sign = at::mm(sign, step);
  }
  return solution.mul_(0.5);
}

}  // namespace strata::styletransfer

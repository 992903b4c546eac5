#include "optim/dot_products.hpp"

#include <algorithm>

#include <ATen/ATen.h>

namespace strata::optim {
namespace {

// Doubles that are widened at a time: they stay in the cache of a CPU; a GPU wants few launches.
int64_t stretch(const at::Tensor& matrix) {
  const int64_t doubles = matrix.is_cpu() ? int64_t{1} << 16 : int64_t{1} << 24;
  return std::max<int64_t>(1, doubles / std::max<int64_t>(1, matrix.size(0)));
}

}  // namespace

at::Tensor dot_products(const at::Tensor& matrix, const std::vector<int64_t>& chosen) {
  const at::Tensor rows = at::tensor(chosen, at::kLong).to(matrix.device());
  if (matrix.scalar_type() == at::kDouble) {
    return at::mm(matrix, matrix.index_select(0, rows).t());
  }
  at::Tensor sums = at::zeros({matrix.size(0), rows.size(0)}, matrix.options().dtype(at::kDouble));
  const int64_t step = stretch(matrix);
  for (int64_t begin = 0; begin < matrix.size(1); begin += step) {
    const int64_t columns = std::min(step, matrix.size(1) - begin);
    const at::Tensor part = matrix.narrow(1, begin, columns).to(at::kDouble);
    sums.addmm_(part, part.index_select(0, rows).t());
  }
  return sums;
}

}  // namespace strata::optim

#include "probes/logistic_space.hpp"

#include <algorithm>
#include <functional>

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

constexpr int64_t kColumns = 1024;  // widened to float64 at a time
// Below this part of its root mean square a column's standard deviation is rounding.
constexpr double kConstant = 1e-6;
// Below this part of the largest a second moment is rounding.
constexpr double kVanishing = 1e-12;

/// Calls use(first column, block of all rows in float64) for stretches of columns.
void by_columns(const at::Tensor& features,
                const std::function<void(int64_t, const at::Tensor&)>& use) {
  for (int64_t begin = 0; begin < features.size(1); begin += kColumns) {
    const int64_t columns = std::min(kColumns, features.size(1) - begin);
    use(begin, features.narrow(1, begin, columns).to(at::kDouble));
  }
}

void set_scale(LogisticSpace& space,
               const at::Tensor& features,
               const at::Tensor& training,
               bool standardise) {
  space.mean = at::empty({features.size(1)}, at::kDouble);
  space.scale = at::ones({features.size(1)}, at::kDouble);
  by_columns(features, [&](int64_t begin, const at::Tensor& block) {
    const at::Tensor x = block.index_select(0, training);
    const at::Tensor mean = x.mean(0);
    space.mean.narrow(0, begin, x.size(1)).copy_(mean);
    if (!standardise) return;
    const at::Tensor deviation = (x - mean).square_().mean(0).sqrt_();
    const at::Tensor varies = deviation > kConstant * x.square().mean(0).sqrt_();
    space.scale.narrow(0, begin, x.size(1))
        .copy_(at::where(varies, deviation.reciprocal(), at::zeros_like(deviation)));
  });
}

at::Tensor with_ones(const at::Tensor& rows) {
  return at::cat({rows, at::ones({rows.size(0), 1}, rows.options())}, 1);
}

}  // namespace

LogisticSpace logistic_space(const at::Tensor& features,
                             const at::Tensor& training,
                             const at::Tensor& others,
                             bool standardise,
                             Axes axes) {
  LogisticSpace space;
  set_scale(space, features, training, standardise);
  const auto standardised = [&](int64_t begin, const at::Tensor& block) {
    return (block - space.mean.narrow(0, begin, block.size(1)))
        .mul_(space.scale.narrow(0, begin, block.size(1)));
  };
  const int64_t n = training.size(0), d = features.size(1);
  const auto count = static_cast<double>(n);
  at::Tensor moments;
  if (d <= n) {
    const at::Tensor z = standardised(0, features.to(at::kDouble));
    const at::Tensor x = z.index_select(0, training);
    auto [values, vectors] = at::linalg_eigh(at::mm(x.t(), x) / count);
    const at::Tensor kept = at::nonzero(values > kVanishing * values.max()).flatten();
    moments = values.index_select(0, kept);
    space.axes = vectors.index_select(1, kept);
    space.training = with_ones(at::mm(x, space.axes));
    space.others = with_ones(at::mm(z.index_select(0, others), space.axes));
  } else {
    // X X^T / n = U s U^T gives X = (n s)^1/2 U A^T with the axes A = X^T U (n s)^-1/2.
    at::Tensor products = at::zeros({features.size(0), n}, at::kDouble);
    by_columns(features, [&](int64_t begin, const at::Tensor& block) {
      const at::Tensor z = standardised(begin, block);
      products.addmm_(z, z.index_select(0, training).t());
    });
    auto [values, vectors] = at::linalg_eigh(products.index_select(0, training) / count);
    const at::Tensor kept = at::nonzero(values > kVanishing * values.max()).flatten();
    moments = values.index_select(0, kept);
    const at::Tensor length = (moments * count).sqrt_();
    const at::Tensor u = vectors.index_select(1, kept);
    space.training = with_ones(u * length);
    space.others = with_ones(at::mm(products.index_select(0, others), u / length));
    if (axes == Axes::wanted) {
      space.axes = at::empty({d, kept.size(0)}, at::kDouble);
      by_columns(features, [&](int64_t begin, const at::Tensor& block) {
        const at::Tensor x = standardised(begin, block).index_select(0, training);
        space.axes.narrow(0, begin, block.size(1)).copy_(at::mm(x.t(), u / length));
      });
    }
  }
  space.second_moments = at::cat({moments, at::ones({1}, at::kDouble)});
  return space;
}

}  // namespace strata::probes

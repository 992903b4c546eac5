#include "probes/lbfgs_stack.hpp"

#include <utility>

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

constexpr double kRelativeCurvature = 1e-10;

}  // namespace

LbfgsStack::LbfgsStack(int64_t problems, int64_t pairs, int64_t variables)
    : slots_(pairs + 1),
      curvatures_(at(problems), optim::Curvature(pairs, kRelativeCurvature)),
      gradients_(at(problems)),
      vectors_(at::zeros({problems, 2 * slots_, variables}, at::kDouble)) {}

void LbfgsStack::select(const std::vector<int64_t>& problems) {
  std::vector<optim::Curvature> curvatures;
  std::vector<optim::Curvature::GradientProducts> gradients;
  for (const int64_t k : problems) {
    curvatures.push_back(std::move(curvatures_[at(k)]));
    gradients.push_back(std::move(gradients_[at(k)]));
  }
  curvatures_ = std::move(curvatures);
  gradients_ = std::move(gradients);
  vectors_ = vectors_.index_select(0, at::tensor(problems, at::kLong));
}

LbfgsStack::Directions LbfgsStack::directions(const at::Tensor& gradients) {
  const at::Tensor squares = gradients.square().sum(1);
  at::Tensor coefficients = at::zeros({count(), 1, 2 * slots_}, at::kDouble);
  at::Tensor own = at::full({count(), 1}, -1.0, at::kDouble);
  const auto square = squares.accessor<double, 1>();
  auto c = coefficients.accessor<double, 3>();
  auto g = own.accessor<double, 2>();
  Directions result;
  for (int64_t k = 0; k < count(); ++k) {
    double slope = -square[k];
    if (!empty(k)) {
      const auto& products = gradients_[at(k)];
      const auto direction = curvatures_[at(k)].direction(products);
      double found = direction.gradient * square[k];
      for (int64_t i = 0; i < slots_; ++i) {
        found += direction.s[at(i)] * products.s[at(i)] + direction.y[at(i)] * products.y[at(i)];
      }
      if (found < 0) {
        slope = found;
        g[k][0] = direction.gradient;
        for (int64_t i = 0; i < slots_; ++i) {
          c[k][0][i] = direction.s[at(i)];
          c[k][0][slots_ + i] = direction.y[at(i)];
        }
      } else {  // rounding errors took over
        forget(k);
      }
    }
    result.slopes.push_back(slope);
  }
  result.vectors = at::bmm(coefficients, vectors_).squeeze(1).addcmul_(gradients, own);
  return result;
}

void LbfgsStack::store(const at::Tensor& s, const at::Tensor& y) {
  std::vector<int64_t> slot;
  for (const auto& curvature : curvatures_) slot.push_back(curvature.free_slot());
  const at::Tensor problem = at::arange(count(), at::kLong), free = at::tensor(slot, at::kLong);
  vectors_.index_put_({problem, free}, s);
  vectors_.index_put_({problem, free + slots_}, y);
}

/// Dot products of pairs and gradients with all that is stored.
std::vector<optim::Curvature::PairProducts> LbfgsStack::measure(const at::Tensor& s,
                                                                const at::Tensor& y,
                                                                const at::Tensor& gradients) {
  const at::Tensor products =
      at::bmm(at::stack({s, y, gradients}, 1), vectors_.transpose(1, 2));  // K x 3 x 2 slots
  const auto p = products.accessor<double, 3>();
  std::vector<optim::Curvature::PairProducts> pairs;
  for (int64_t k = 0; k < count(); ++k) {
    optim::Curvature::PairProducts pair;
    optim::Curvature::GradientProducts gradient;
    for (int64_t i = 0; i < slots_; ++i) {
      pair.s_y.push_back(p[k][0][slots_ + i]);
      pair.y_s.push_back(p[k][1][i]);
      pair.y_y.push_back(p[k][1][slots_ + i]);
      gradient.s.push_back(p[k][2][i]);
      gradient.y.push_back(p[k][2][slots_ + i]);
    }
    pair.s_s = p[k][0][curvatures_[at(k)].free_slot()];
    pairs.push_back(std::move(pair));
    gradients_[at(k)] = std::move(gradient);
  }
  return pairs;
}

void LbfgsStack::keep(at::Tensor s, at::Tensor y, const at::Tensor& gradients) {
  store(s, y);
  auto pairs = measure(s, y, gradients);
  at::Tensor combinations = at::zeros({count(), 1, slots_}, at::kDouble);
  auto c = combinations.accessor<double, 3>();
  for (int64_t k = 0; k < count(); ++k) {
    if (!curvatures_[at(k)].acceptable(pairs[at(k)])) continue;
    const auto combination = curvatures_[at(k)].conjugation(pairs[at(k)]);
    for (int64_t i = 0; i < slots_; ++i) c[k][0][i] = combination[at(i)];
  }
  s = s - at::bmm(combinations, vectors_.narrow(1, 0, slots_)).squeeze(1);
  y = y - at::bmm(combinations, vectors_.narrow(1, slots_, slots_)).squeeze(1);
  store(s, y);
  pairs = measure(s, y, gradients);
  for (int64_t k = 0; k < count(); ++k) {
    if (curvatures_[at(k)].acceptable(pairs[at(k)])) curvatures_[at(k)].push(pairs[at(k)]);
  }
}

}  // namespace strata::probes

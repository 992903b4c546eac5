#include "optim/curvature.hpp"

#include <cmath>

namespace strata::optim {
namespace {

constexpr double kQuadratic = 0.05;  // asymmetry of s_i.y_j up to which a function looks quadratic
constexpr double kLeast = 1e-3;      // share of s.y that has to be left of a pair

}  // namespace

Curvature::Curvature(int64_t pairs, double relative_curvature)
    : slots_(pairs + 1),
      relative_curvature_(relative_curvature),
      s_y_(slots_ * slots_),
      y_y_(slots_ * slots_) {}

void Curvature::clear() {
  order_.clear();
  free_ = 0;
}

bool Curvature::acceptable(const PairProducts& products) const {
  const double least = relative_curvature_ * std::sqrt(products.s_s * products.y_y[free_]);
  return products.s_y[free_] > least;
}

std::vector<double> Curvature::conjugation(PairProducts products) const {
  std::vector<double> combination(slots_);
  double left = products.s_y[free_];  // s.y of what is left of the pair
  const double least = kLeast * left;
  for (auto newer = order_.rbegin(); newer != order_.rend(); ++newer) {
    const int64_t j = *newer;
    // On a quadratic s.y_j = s_j.y.
    const double sum = products.s_y[j] + products.y_s[j];
    const double asymmetry = std::abs(products.s_y[j] - products.y_s[j]);
    if (!(asymmetry <= kQuadratic * std::sqrt(s_y(j, j) * left))) break;
    const double c = 0.5 * sum / s_y(j, j);
    const double rest = left - 0.5 * c * sum;
    if (!(rest > least)) break;
    left = rest;
    combination[j] = c;
    for (const int64_t i : order_) {
      products.s_y[i] -= c * s_y(j, i);
      products.y_s[i] -= c * s_y(i, j);
    }
  }
  return combination;
}

void Curvature::push(const PairProducts& products) {
  const int64_t slot = free_;
  for (const int64_t i : order_) {
    s_y(slot, i) = products.s_y[i];
    s_y(i, slot) = products.y_s[i];
    y_y(slot, i) = y_y(i, slot) = products.y_y[i];
  }
  s_y(slot, slot) = products.s_y[slot];
  y_y(slot, slot) = products.y_y[slot];
  order_.push_back(slot);
  if (static_cast<int64_t>(order_.size()) == slots_) {
    free_ = order_.front();
    order_.erase(order_.begin());
  } else {
    free_ = static_cast<int64_t>(order_.size());
  }
}

Curvature::Direction Curvature::direction(const GradientProducts& gradient) const {
  // The two loops of algorithm 7.4 on the coefficients of q = g - sum_j a_j y_j and of r.
  std::vector<double> a(slots_), b(slots_);
  Direction result{std::vector<double>(slots_), std::vector<double>(slots_), -1.0};
  if (empty()) return result;
  for (auto i = order_.rbegin(); i != order_.rend(); ++i) {
    double s_q = gradient.s[*i];
    for (auto j = order_.rbegin(); j != i; ++j) s_q -= a[*j] * s_y(*i, *j);
    a[*i] = s_q / s_y(*i, *i);
  }
  const int64_t newest = order_.back();
  const double scale = s_y(newest, newest) / y_y(newest, newest);
  for (auto i = order_.begin(); i != order_.end(); ++i) {
    double y_r = scale * gradient.y[*i];
    for (const int64_t j : order_) y_r -= scale * a[j] * y_y(*i, j);
    for (auto j = order_.begin(); j != i; ++j) y_r += b[*j] * s_y(*j, *i);
    b[*i] = a[*i] - y_r / s_y(*i, *i);
  }
  for (const int64_t i : order_) {
    result.s[i] = -b[i];
    result.y[i] = scale * a[i];
  }
  result.gradient = -scale;
  return result;
}

}  // namespace strata::optim

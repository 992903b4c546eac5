#include "optim/curvature.hpp"

#include <cmath>

namespace strata::optim {

Curvature::Curvature(int64_t pairs, double relative_curvature)
    : slots_(pairs + 1),
      relative_curvature_(relative_curvature),
      s_y_(slots_ * slots_),
      y_y_(slots_ * slots_) {}

void Curvature::clear() {
  order_.clear();
  free_ = 0;
}

void Curvature::push(const PairProducts& products) {
  const int64_t slot = free_;
  const double curvature = products.s_y[slot];
  if (!(curvature > relative_curvature_ * std::sqrt(products.s_s * products.y_y[slot]))) return;
  for (int64_t i = 0; i < slots_; ++i) {
    s_y(slot, i) = products.s_y[i];
    s_y(i, slot) = products.y_s[i];
    y_y(slot, i) = y_y(i, slot) = products.y_y[i];
  }
  s_y(slot, slot) = curvature;
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

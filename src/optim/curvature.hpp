#pragma once

#include <cstdint>
#include <vector>

namespace strata::optim {

/// What L-BFGS knows of the curvature: dot products of its pairs s = x_{k+1} - x_k and
/// y = g_{k+1} - g_k. The vectors themselves lie elsewhere, in numbered slots, one more than pairs
/// are kept: the free slot takes the pair of the trial at hand. Directions come out as coefficients
/// of the stored vectors ("vector-free", Chen, Wang and Zhou 2014), so that one small set of dot
/// products is all that is read from a device.
///
/// Where the function looks quadratic, a new pair is made conjugate to the older ones, s.y_j = 0,
/// by subtracting multiples of them from it. BFGS updates with conjugate pairs keep what earlier
/// ones brought (H y_j = s_j for all j, not just for the newest), so that on quadratics the unit
/// steps of L-BFGS converge like conjugate gradients, without exact line searches.
class Curvature {
 public:
  /// Dot products of a new pair, or of a gradient, with the vectors in all slots. Entries of slots
  /// that hold no pair are ignored, except for the free one's.
  struct PairProducts {
    std::vector<double> s_y;  ///< s_new . y_slot
    std::vector<double> y_s;  ///< y_new . s_slot
    std::vector<double> y_y;  ///< y_new . y_slot
    double s_s = 0.0;         ///< s_new . s_new
  };
  struct GradientProducts {
    std::vector<double> s;  ///< s_slot . g
    std::vector<double> y;  ///< y_slot . g
  };
  /// -H g = sum_slot s[slot] s_slot + y[slot] y_slot + gradient * g
  struct Direction {
    std::vector<double> s, y;
    double gradient = 0.0;
  };

  /// Keeps at most `pairs` pairs; one is kept where y.s > `relative_curvature` |y| |s|.
  Curvature(int64_t pairs, double relative_curvature);

  int64_t slots() const { return slots_; }
  int64_t free_slot() const { return free_; }
  bool empty() const { return order_.empty(); }
  void clear();

  /// Whether the free slot's pair is one to keep.
  bool acceptable(const PairProducts& products) const;
  /// What to subtract from that pair: c[slot] s_slot from s, c[slot] y_slot from y. All zero where
  /// the function does not look quadratic.
  std::vector<double> conjugation(PairProducts products) const;
  /// Keeps the free slot's pair and frees the slot of the oldest. After a conjugation the products
  /// have to be measured anew: those of a short remainder do not follow from those of the whole.
  void push(const PairProducts& products);
  /// H is the inverse BFGS matrix of the pairs, from (s.y / y.y) I of the newest; I without pairs.
  Direction direction(const GradientProducts& gradient) const;

 private:
  double& s_y(int64_t i, int64_t j) { return s_y_[i * slots_ + j]; }
  double s_y(int64_t i, int64_t j) const { return s_y_[i * slots_ + j]; }
  double& y_y(int64_t i, int64_t j) { return y_y_[i * slots_ + j]; }
  double y_y(int64_t i, int64_t j) const { return y_y_[i * slots_ + j]; }

  int64_t slots_;
  double relative_curvature_;
  int64_t free_ = 0;
  std::vector<int64_t> order_;     ///< slots with pairs, oldest first
  std::vector<double> s_y_, y_y_;  ///< slots x slots
};

}  // namespace strata::optim

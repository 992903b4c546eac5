#include "optim/curvature.hpp"

#include "testing/testing.hpp"

#include <vector>

#include <ATen/ATen.h>

namespace strata::optim {
namespace {

using testing::normal;
using testing::tensors_close;

/// The stored vectors, as L-BFGS keeps them, beside a Curvature.
struct Store {
  explicit Store(int64_t pairs, int64_t n)
      : curvature(pairs, 1e-10),
        s(at::zeros({pairs + 1, n}, at::kDouble)),
        y(at::zeros({pairs + 1, n}, at::kDouble)) {}

  static std::vector<double> list(const at::Tensor& t) {
    const at::Tensor dense = t.contiguous();
    return {dense.data_ptr<double>(), dense.data_ptr<double>() + dense.numel()};
  }

  Curvature::GradientProducts gradient(const at::Tensor& g) const {
    return {list(at::mv(s, g)), list(at::mv(y, g))};
  }

  Curvature::PairProducts products(int64_t slot) const {
    const at::Tensor s_new = s[slot], y_new = y[slot];
    return {.s_y = list(at::mv(y, s_new)),
            .y_s = list(at::mv(s, y_new)),
            .y_y = list(at::mv(y, y_new)),
            .s_s = s_new.dot(s_new).item<double>()};
  }

  /// Whether the pair was taken.
  bool push(const at::Tensor& s_new, const at::Tensor& y_new) {
    const int64_t slot = curvature.free_slot();
    s[slot] = s_new;
    y[slot] = y_new;
    if (!curvature.acceptable(products(slot))) return false;
    const at::Tensor others = at::tensor(curvature.conjugation(products(slot)), at::kDouble);
    s[slot] -= at::mv(s.t(), others);
    y[slot] -= at::mv(y.t(), others);
    curvature.push(products(slot));
    return true;
  }

  /// H g
  at::Tensor times(const at::Tensor& g) const {
    const auto d = curvature.direction(gradient(g));
    return -(at::mv(s.t(), at::tensor(d.s, at::kDouble)) +
             at::mv(y.t(), at::tensor(d.y, at::kDouble)) + d.gradient * g);
  }

  Curvature curvature;
  at::Tensor s, y;
};

/// H <- (I - r s y^T) H (I - r y s^T) + r s s^T, r = 1 / s.y (Nocedal and Wright, eq. 6.17)
at::Tensor dense_update(const at::Tensor& h, const at::Tensor& s, const at::Tensor& y) {
  const at::Tensor r = 1 / s.dot(y);
  const at::Tensor left = at::eye(s.size(0), at::kDouble) - r * at::outer(s, y);
  return at::mm(at::mm(left, h), left.t()) + r * at::outer(s, s);
}

/// Pairs of no quadratic: y = s + something unrelated.
std::pair<at::Tensor, at::Tensor> rough_pair(int64_t n, uint64_t seed) {
  const at::Tensor s = normal({n}, seed, at::kDouble);
  return {s, s + 0.7 * normal({n}, 1000 + seed, at::kDouble)};
}

TEST(Curvature, GivesTheDenseBfgsMatrixOfTheStoredPairs) {
  constexpr int64_t kN = 12, kPairs = 4;
  Store store(kPairs, kN);
  std::vector<int64_t> slots;
  int as_given = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const auto [s, y] = rough_pair(kN, seed);
    slots.push_back(store.curvature.free_slot());
    ASSERT_TRUE(store.push(s, y));
    as_given += at::equal(store.s[slots.back()], s) ? 1 : 0;
    if (slots.size() > kPairs) slots.erase(slots.begin());
    const at::Tensor s_last = store.s[slots.back()], y_last = store.y[slots.back()];
    at::Tensor h = at::eye(kN, at::kDouble) * (s_last.dot(y_last) / y_last.dot(y_last));
    for (const int64_t i : slots) h = dense_update(h, store.s[i], store.y[i]);
    const at::Tensor g = normal({kN}, 500 + seed, at::kDouble);
    EXPECT_TRUE(tensors_close(store.times(g), at::mv(h, g), 1e-10)) << "after " << seed;
  }
  EXPECT_GE(as_given, 8) << "these pairs are of no quadratic";
}

TEST(Curvature, KeepsAllSecantEquationsOfAQuadratic) {
  constexpr int64_t kN = 15, kPairs = 6;
  const at::Tensor b = normal({kN, kN}, 1, at::kDouble);
  const at::Tensor a = at::mm(b, b.t()) + at::eye(kN, at::kDouble);
  Store store(kPairs, kN);
  std::vector<at::Tensor> steps;
  for (uint64_t seed = 1; seed <= kPairs; ++seed) {
    const at::Tensor s = normal({kN}, 10 + seed, at::kDouble);
    ASSERT_TRUE(store.push(s, at::mv(a, s)));
    steps.push_back(s);
    for (const at::Tensor& step : steps) {
      EXPECT_TRUE(tensors_close(store.times(at::mv(a, step)), step, 1e-8));
    }
  }
}

TEST(Curvature, TakesNoPairWithoutCurvature) {
  Store store(3, 5);
  const at::Tensor s = normal({5}, 1, at::kDouble), g = normal({5}, 2, at::kDouble);
  EXPECT_FALSE(store.push(s, -s));
  EXPECT_FALSE(store.push(s, at::zeros({5}, at::kDouble)));
  EXPECT_FALSE(store.push(at::zeros({5}, at::kDouble), s));
  EXPECT_TRUE(store.curvature.empty());
  EXPECT_TRUE(at::equal(store.times(g), g));
  EXPECT_TRUE(store.push(s, 4 * s));
  EXPECT_TRUE(tensors_close(store.times(g), g / 4, 1e-14));
  EXPECT_FALSE(store.push(s, -s));
  EXPECT_TRUE(tensors_close(store.times(g), g / 4, 1e-14));
  store.curvature.clear();
  EXPECT_TRUE(at::equal(store.times(g), g));
}

TEST(Curvature, TakesPairsAlongOneLine) {
  // The second adds nothing: made conjugate to the first, nothing would be left of it.
  Store store(3, 5);
  const at::Tensor s = normal({5}, 1, at::kDouble), g = normal({5}, 2, at::kDouble);
  EXPECT_TRUE(store.push(s, 4 * s));
  EXPECT_TRUE(store.push(0.5 * s, 2 * s));
  EXPECT_TRUE(tensors_close(store.times(g), g / 4, 1e-12));
}

}  // namespace
}  // namespace strata::optim

#include "probes/lbfgs_stack.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

using testing::normal;
using testing::tensors_close;

constexpr int64_t kProblems = 3, kVariables = 12;

/// K quadratics 1/2 x^T A x: their matrices, and gradients at points K x N.
struct Quadratics {
  at::Tensor a;

  Quadratics() {
    const at::Tensor b = normal({kProblems, kVariables, kVariables}, 1, at::kDouble);
    a = at::bmm(b, b.transpose(1, 2)) + at::eye(kVariables, at::kDouble);
  }
  at::Tensor gradients(const at::Tensor& x) const { return at::bmm(a, x.unsqueeze(2)).squeeze(2); }
};

TEST(LbfgsStack, StartsDownhillAlongTheGradients) {
  LbfgsStack stack(kProblems, 4, kVariables);
  const at::Tensor g = normal({kProblems, kVariables}, 2, at::kDouble);
  const auto directions = stack.directions(g);
  EXPECT_TRUE(at::equal(directions.vectors, -g));
  EXPECT_DOUBLE_EQ(directions.slopes[1], -g[1].dot(g[1]).item<double>());
}

TEST(LbfgsStack, MinimisesQuadraticsSideBySideInAsManyStepsAsDimensions) {
  const Quadratics f;
  LbfgsStack stack(kProblems, 4, kVariables);
  at::Tensor x = normal({kProblems, kVariables}, 3, at::kDouble);
  at::Tensor g = f.gradients(x);
  const at::Tensor first = g.norm(2, 1);
  for (int64_t i = 0; i <= kVariables; ++i) {
    const auto directions = stack.directions(g);
    const at::Tensor slopes = (directions.vectors * g).sum(1);
    EXPECT_TRUE(tensors_close(at::tensor(directions.slopes, at::kDouble), slopes, 1e-6, 1e-12));
    const at::Tensor curvature = (directions.vectors * f.gradients(directions.vectors)).sum(1);
    const at::Tensor s = directions.vectors * (-slopes / curvature).unsqueeze(1);
    x = x + s;
    const at::Tensor next = f.gradients(x);
    stack.keep(s, next - g, next);
    g = next;
  }
  EXPECT_LT((g.norm(2, 1) / first).max().item<double>(), 1e-6);
}

TEST(LbfgsStack, ForgetsAndSelectsWithoutTouchingTheOthers) {
  const Quadratics f;
  LbfgsStack stack(kProblems, 4, kVariables);
  const at::Tensor s = normal({kProblems, kVariables}, 4, at::kDouble);
  const at::Tensor g = normal({kProblems, kVariables}, 5, at::kDouble);
  at::Tensor still = s.clone();
  still[1].zero_();
  stack.keep(still, f.gradients(still), g);
  EXPECT_FALSE(stack.empty(0));
  EXPECT_TRUE(stack.empty(1)) << "a step of length zero tells nothing";
  const at::Tensor all = stack.directions(g).vectors;
  stack.select({2, 0});
  const at::Tensor chosen = g.index_select(0, at::tensor({2, 0}, at::kLong));
  EXPECT_TRUE(tensors_close(stack.directions(chosen).vectors,
                            all.index_select(0, at::tensor({2, 0}, at::kLong)), 1e-14));
  stack.forget(0);
  EXPECT_TRUE(at::equal(stack.directions(chosen).vectors[0], -g[2]));
  EXPECT_TRUE(tensors_close(stack.directions(chosen).vectors[1], all[0], 1e-14));
}

}  // namespace
}  // namespace strata::probes

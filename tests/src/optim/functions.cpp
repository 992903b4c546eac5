#include "functions.hpp"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace strata::optim {
namespace {

/// Sums in one order, so that counts of evaluations are the same on every machine; and vectors this
/// short are slower on more threads.
class OneThread : public ::testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};

const auto* const kOneThread = ::testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace

Function quadratic(int64_t n, double condition, const std::string& spectrum) {
  const at::Tensor share = at::arange(n, at::kDouble) / static_cast<double>(n - 1);
  at::Tensor a;
  if (spectrum == "log") {
    a = at::exp(share * std::log(condition));
  } else if (spectrum == "linear") {
    a = 1 + (condition - 1) * share;
  } else {
    a = 1 / (1 + (1 / condition - 1) * share);
  }
  const at::Tensor b = at::cos(at::arange(1, n + 1, at::kDouble));
  return [a, b](const at::Tensor& x) {
    const at::Tensor r = x - b;
    return Evaluation{0.5 * (a * r * r).sum().item<double>(), a * r};
  };
}

at::Tensor quadratic_start(int64_t n, int64_t start) {
  const at::Tensor i = at::arange(1, n + 1, at::kDouble);
  return at::cos(i) + 3 * at::sin(i * (1.7 + 0.4 * static_cast<double>(start))) +
         (start == 1 ? 5 : 0);
}

Evaluation rosenbrock(const at::Tensor& x) {
  const at::Tensor pairs = x.reshape({-1, 2});
  const at::Tensor u = pairs.select(1, 0), v = pairs.select(1, 1);
  const at::Tensor r = v - u * u, q = 1 - u;
  const at::Tensor gradient = at::stack({-400 * u * r - 2 * q, 200 * r}, 1).view(x.sizes());
  return {(100 * r * r + q * q).sum(at::kDouble).item<double>(), gradient};
}

at::Tensor rosenbrock_start(int64_t n, double u, double v, double spread) {
  return at::tensor({u, v}, at::kDouble).repeat({n / 2}) +
         spread * at::sin(at::arange(1, n + 1, at::kDouble));
}

Function scaled(Function f, double c) {
  return [f = std::move(f), c](const at::Tensor& x) {
    const Evaluation evaluation = f(x);
    return Evaluation{c * evaluation.loss, c * evaluation.gradient};
  };
}

}  // namespace strata::optim

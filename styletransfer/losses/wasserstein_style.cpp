#include "styletransfer/losses/wasserstein_style.hpp"

#include "base/enum_names.hpp"
#include "base/error.hpp"
#include "styletransfer/losses/newton_schulz.hpp"

#include <algorithm>
#include <tuple>

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

const EnumNames<MatrixRoot>& roots() {
  static const EnumNames<MatrixRoot> names(
      "matrix root", {{"exact", MatrixRoot::exact}, {"newton-schulz", MatrixRoot::newton_schulz}});
  return names;
}

constexpr int64_t kNewtonSchulzSteps = 12;
// Eigenvalues and singular values below this share of the largest are rounding of float64.
constexpr double kNegligible = 1e-14;

at::Tensor covariance(const ChannelStatistics& statistics, double epsilon) {
  at::Tensor covariance = statistics.second_moment - at::outer(statistics.mean, statistics.mean);
  covariance.diagonal().add_(epsilon);
  return covariance;
}

// A, C x rank, with A A^T = V; at least one column.
at::Tensor factor(const at::Tensor& matrix) {
  const auto [values, vectors] = at::linalg_eigh(matrix);
  const int64_t size = values.size(0);
  const double largest = values[size - 1].item<double>();
  const int64_t rank = std::max<int64_t>(1, (values > kNegligible * largest).sum().item<int64_t>());
  const at::Tensor roots = values.narrow(0, size - rank, rank).clamp_min(0.0).sqrt();
  return vectors.narrow(1, size - rank, rank) * roots;
}

double sum_of_squares(const at::Tensor& t) { return t.square().sum().item<double>(); }

class WassersteinStyle : public StatisticsTerm {
 public:
  WassersteinStyle(const ChannelStatistics& target, const WassersteinSettings& settings)
      : mean_(target.mean),
        epsilon_(settings.epsilon),
        scale_(1.0 / static_cast<double>(target.channels())) {
    if (settings.scale == StyleScale::target) {
      const double variance = covariance(target, 0.0).diagonal().mean().item<double>();
      epsilon_ *= std::max(variance, 0.0);
      const double silent = target.second_moment.diagonal().sum().item<double>();
      scale_ = silent > 0.0 ? 1.0 / silent : 1.0;
    }
    covariance_ = covariance(target, epsilon_);
  }

  StatisticsLoss from_statistics(const ChannelStatistics& statistics,
                                 double weight,
                                 Want want) const override {
    STRATA_CHECK(statistics.channels() == mean_.size(0), "target of another layer");
    const double factor = weight * scale_;
    const at::Tensor shift = statistics.mean - mean_;
    // Its value, and its gradient to V.
    const StatisticsLoss spread = between(covariance(statistics, epsilon_), want);
    StatisticsLoss loss;
    loss.value = factor * (sum_of_squares(shift) + spread.value);
    if (want == Want::value) return loss;
    // V = S - m m^T.
    loss.d_second = spread.d_second * factor;
    loss.d_mean = (shift * factor - at::mv(loss.d_second, statistics.mean)).mul_(2.0);
    return loss;
  }

 protected:
  virtual StatisticsLoss between(const at::Tensor& covariance, Want want) const = 0;

  at::Tensor covariance_;  // the target's

 private:
  at::Tensor mean_;
  double epsilon_;
  double scale_;
};

class ExactWassersteinStyle final : public WassersteinStyle {
 public:
  ExactWassersteinStyle(const ChannelStatistics& target, const WassersteinSettings& settings)
      : WassersteinStyle(target, settings), factor_(factor(covariance_)) {}

 private:
  // The distance is min over R with R R^T <= I of |A - A' R|^2 + |A'|^2 - |A' R|^2, and the polar
  // factor U V^T of A'^T A = U s V^T is where it is taken.
  StatisticsLoss between(const at::Tensor& covariance, Want want) const override {
    const at::Tensor a = factor(covariance);
    const auto [u, s, vh] = at::linalg_svd(at::mm(factor_.t(), a), /*full_matrices=*/false);
    const at::Tensor rotated = at::mm(factor_, u);
    StatisticsLoss loss;
    loss.value = sum_of_squares(a - at::mm(rotated, vh));
    if (u.size(1) < u.size(0)) loss.value += sum_of_squares(factor_ - at::mm(rotated, u.t()));
    if (want == Want::value) return loss;
    // I - A' U s^-1 U^T A'^T: one minus the map that transports the picture's Gaussian to the
    // style's.
    const double least = kNegligible * s[0].item<double>();
    const at::Tensor inverse = at::where(s > least, s.reciprocal(), at::zeros_like(s));
    loss.d_second = at::mm(rotated * inverse, rotated.t()).neg_();
    loss.d_second.diagonal().add_(1.0);
    return loss;
  }

  at::Tensor factor_;
};

class NewtonSchulzWassersteinStyle final : public WassersteinStyle {
 public:
  NewtonSchulzWassersteinStyle(const ChannelStatistics& target, const WassersteinSettings& settings)
      : WassersteinStyle(target, settings),
        root_(newton_schulz_root(covariance_, kNewtonSchulzSteps)) {}

  bool exact_gradient() const override { return false; }

 private:
  StatisticsLoss between(const at::Tensor& covariance, Want want) const override {
    const at::Tensor product = at::mm(at::mm(root_, covariance), root_);
    const at::Tensor root = newton_schulz_root(product, kNewtonSchulzSteps);
    StatisticsLoss loss;
    loss.value = (covariance + covariance_ - 2.0 * root).diagonal().sum().item<double>();
    if (want == Want::value) return loss;
    const at::Tensor to_product = newton_schulz_root_trace_gradient(root, kNewtonSchulzSteps);
    loss.d_second = at::mm(at::mm(root_, to_product), root_).mul_(-2.0);
    loss.d_second.diagonal().add_(1.0);
    return loss;
  }

  at::Tensor root_;
};

}  // namespace

std::vector<std::string> matrix_root_names() { return roots().names(); }
MatrixRoot matrix_root_from(const std::string& name) { return roots().value(name); }

std::unique_ptr<StatisticsTerm> make_wasserstein_style(const ChannelStatistics& target,
                                                       const WassersteinSettings& settings) {
  if (settings.root == MatrixRoot::newton_schulz) {
    return std::make_unique<NewtonSchulzWassersteinStyle>(target, settings);
  }
  return std::make_unique<ExactWassersteinStyle>(target, settings);
}

}  // namespace strata::styletransfer

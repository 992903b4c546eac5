#include "probes/logistic_stack.hpp"

#include "base/error.hpp"

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

constexpr double kNever = -1e30;  // the logit of a class that no training row has
// Below this part of its root mean square, a column's standard deviation is rounding.
constexpr double kConstant = 1e-6;

}  // namespace

StackedPoint StackedPoint::of(const at::Tensor& problems) const {
  return {weights.index_select(1, problems), bias.index_select(0, problems)};
}

at::Tensor StackedPoint::dot(const StackedPoint& other) const {
  // Rows are summed in float32 over the classes only; what is long is summed in float64.
  return (weights * other.weights).sum(2).sum(0, /*keepdim=*/false, at::kDouble) +
         (bias * other.bias).sum(1, /*keepdim=*/false, at::kDouble);
}

void StackedPoint::add(const at::Tensor& factor, const StackedPoint& other) {
  const at::Tensor f = factor.to(at::kFloat).view({-1, 1});
  weights.addcmul_(other.weights, f);
  bias.addcmul_(other.bias, f);
}

StackedPoint StackedPoint::clone() const { return {weights.clone(), bias.clone()}; }

LogisticStack::LogisticStack(const at::Tensor& features,
                             const at::Tensor& labels,
                             int64_t classes,
                             const at::Tensor& trains,
                             bool standardise)
    : features_(features), labels_(labels.view({-1, 1, 1})), classes_(classes) {
  STRATA_CHECK(features.dim() == 2 && features.scalar_type() == at::kFloat, "features are n x d");
  const at::Tensor rows = trains.to(at::kDouble);
  const at::Tensor counts = rows.sum(0);
  STRATA_CHECK(counts.min().item<double>() > 0, "a problem without training rows");
  weight_ = (rows / counts).to(at::kFloat);

  if (standardise) {
    // The second pass about the mean keeps columns with small spread accurate.
    const at::Tensor x = features.to(at::kDouble);
    const at::Tensor share = rows / counts;
    const at::Tensor mean = at::matmul(x.t(), share);  // d x K
    const at::Tensor square = at::matmul(x.square().t(), share);
    std::vector<at::Tensor> variances;
    for (int64_t k = 0; k < trains.size(1); ++k) {
      const at::Tensor centred = x - mean.select(1, k).unsqueeze(0);
      variances.push_back(at::mv(centred.square_().t(), share.select(1, k)));
    }
    const at::Tensor deviation = at::stack(variances, 1).sqrt();
    const at::Tensor varies = deviation > kConstant * square.sqrt();
    mean_ = mean.to(at::kFloat);
    scale_ = at::where(varies, deviation.reciprocal(), at::zeros_like(deviation)).to(at::kFloat);
  } else {
    mean_ = at::zeros({features.size(1), trains.size(1)}, features.options());
    scale_ = at::ones_like(mean_);
  }

  const at::Tensor one_hot = at::one_hot(labels, classes).to(at::kDouble);  // n x C
  const at::Tensor present = at::matmul(rows.t(), one_hot) > 0;             // K x C
  absent_ = at::where(present, at::scalar_tensor(0.0), at::scalar_tensor(kNever))
                .to(at::kFloat)
                .unsqueeze(0);
}

LogisticStack LogisticStack::of(const at::Tensor& problems) const {
  LogisticStack part;
  part.features_ = features_;
  part.labels_ = labels_;
  part.classes_ = classes_;
  part.mean_ = mean_.index_select(1, problems);
  part.scale_ = scale_.index_select(1, problems);
  part.weight_ = weight_.index_select(1, problems);
  part.absent_ = absent_.index_select(1, problems);
  return part;
}

StackedPoint LogisticStack::start() const {
  const at::Tensor one_hot = at::one_hot(labels_.flatten(), classes_).to(at::kFloat);
  const at::Tensor shares = at::matmul(weight_.t(), one_hot);  // K x C
  const at::Tensor present = absent_.squeeze(0) == 0;
  return {at::zeros({features_.size(1), count(), classes_}, features_.options()),
          at::where(present, shares.clamp_min(1e-30).log(), at::zeros_like(shares))};
}

at::Tensor LogisticStack::forward(const StackedPoint& point) const {
  const at::Tensor scaled = point.weights * scale_.unsqueeze(2);
  const at::Tensor offset = point.bias - (scaled * mean_.unsqueeze(2)).sum(0);  // K x C
  return at::mm(features_, scaled.view({features_.size(1), -1}))
      .view({features_.size(0), count(), classes_})
      .add_(offset.unsqueeze(0));
}

StackedPoint LogisticStack::adjoint(const at::Tensor& residuals) const {
  const at::Tensor sums = residuals.sum(0);  // K x C
  const at::Tensor product = at::mm(features_.t(), residuals.view({features_.size(0), -1}))
                                 .view({features_.size(1), count(), classes_});
  return {(product - mean_.unsqueeze(2) * sums.unsqueeze(0)).mul_(scale_.unsqueeze(2)), sums};
}

at::Tensor LogisticStack::logits(const StackedPoint& point) const {
  return forward(point).add_(absent_);
}

StackedState LogisticStack::state(const StackedPoint& point, double lambda) const {
  const at::Tensor logits = this->logits(point);
  const at::Tensor labels = labels_.expand({-1, count(), 1});
  // Odds of the other classes against the row's own: small ones keep their digits, which a
  // probability near 1 would lose.
  const at::Tensor margin = logits - logits.gather(2, labels);
  const at::Tensor largest = margin.amax(2, /*keepdim=*/true);
  const at::Tensor exponentials = (margin - largest).exp_();
  StackedState state;
  state.probabilities = exponentials / exponentials.sum(2, /*keepdim=*/true);
  const at::Tensor others = margin.exp().scatter(2, labels, 0.0).sum(2);
  const at::Tensor whole = largest.squeeze(2) + exponentials.sum(2).log_();
  state.row_nll = at::where(others < 1, others.log1p(), whole);
  state.nll = (state.row_nll * weight_).sum(0, /*keepdim=*/false, at::kDouble);
  const at::Tensor penalty = point.weights.square().sum(2).sum(0, /*keepdim=*/false, at::kDouble);
  state.objective = state.nll + penalty * (0.5 * lambda);
  return state;
}

StackedPoint LogisticStack::gradient(const StackedPoint& point,
                                     const StackedState& state,
                                     double lambda) const {
  const at::Tensor labels = labels_.expand({-1, count(), 1});
  // p - y; for the row's own class from the others, as 1 - p would have lost the digits.
  const at::Tensor others = state.probabilities.scatter(2, labels, 0.0);
  const at::Tensor residuals = others.scatter(2, labels, -others.sum(2, /*keepdim=*/true));
  StackedPoint gradient = adjoint(residuals * weight_.unsqueeze(2));
  gradient.weights.add_(point.weights, lambda);
  return gradient;
}

StackedPoint LogisticStack::curvature(const StackedPoint& direction,
                                      const StackedState& state,
                                      double lambda) const {
  // Of each row: p (a - p.a), with a measured from the row's own class for the same reason.
  const at::Tensor labels = labels_.expand({-1, count(), 1});
  const at::Tensor change = forward(direction);
  const at::Tensor a = change - change.gather(2, labels);
  const at::Tensor mean = (state.probabilities * a).sum(2, /*keepdim=*/true);
  const at::Tensor rows = (a - mean).mul_(state.probabilities).mul_(weight_.unsqueeze(2));
  StackedPoint product = adjoint(rows);
  product.weights.add_(direction.weights, lambda);
  return product;
}

at::Tensor LogisticStack::without_shift(const at::Tensor& bias) const {
  const at::Tensor present = (absent_.squeeze(0) == 0).to(bias.scalar_type());
  const at::Tensor mean =
      (bias * present).sum(1, /*keepdim=*/true) / present.sum(1, /*keepdim=*/true);
  return (bias - mean).mul_(present);
}

StackedPoint LogisticStack::unstandardised(const StackedPoint& point) const {
  const at::Tensor raw = point.weights.to(at::kDouble) * scale_.to(at::kDouble).unsqueeze(2);
  const at::Tensor offset = (raw * mean_.to(at::kDouble).unsqueeze(2)).sum(0);
  return {raw, point.bias.to(at::kDouble) - offset};
}

}  // namespace strata::probes

#include "styletransfer/losses/self_similarity.hpp"

#include "base/error.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

// Features shorter than this have no direction, and pictures whose positions differ less than this
// on average have no structure.
constexpr double kShortest = 1e-12;
constexpr double kNoDistance = 1e-6;

at::Tensor draw_positions(int64_t count, const SelfSimilaritySettings& settings) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  if (count > settings.samples) {
    Random random(settings.seed, "self-similarity");
    random.shuffle(std::span<int64_t>(all));
    all.resize(static_cast<size_t>(settings.samples));
    std::sort(all.begin(), all.end());
  }
  return at::tensor(all, at::kLong);
}

// Distances between positions, and what their gradient needs.
struct Distances {
  at::Tensor length;     // n x 1
  at::Tensor direction;  // n x C, unit length
  at::Tensor distance;   // D, n x n
  at::Tensor sum;        // of each column, 1 x n
  at::Tensor relative;   // R
};

class SelfSimilarity final : public TapTerm {
 public:
  SelfSimilarity(const at::Tensor& target, const SelfSimilaritySettings& settings)
      : shape_(target.sizes().vec()),
        positions_(draw_positions(target.size(2) * target.size(3), settings).to(target.device())) {
    const c10::NoGradGuard no_grad;
    target_ = distances(target).relative;
  }

  Loss evaluate(const at::Tensor& features, double weight, Want want) const override {
    STRATA_CHECK(features.sizes() == at::IntArrayRef(shape_), "content target of another size");
    const c10::NoGradGuard no_grad;
    const Distances d = distances(features);
    const at::Tensor difference = d.relative - target_;
    const double per_column = weight / static_cast<double>(target_.size(0));
    Loss loss;
    loss.value = per_column * difference.abs().sum().item<double>();
    if (want == Want::value) return loss;
    const at::Tensor to_relative = difference.sign() * per_column;
    at::Tensor to_distance = (to_relative - (to_relative * d.relative).sum(0, true)) / d.sum;
    to_distance.fill_diagonal_(0.0);
    const at::Tensor to_direction = at::mm(to_distance + to_distance.t(), d.direction).neg_();
    const at::Tensor along = (to_direction * d.direction).sum(1, true);
    const at::Tensor to_features =
        at::where(d.length > kShortest, (to_direction - d.direction * along) / d.length,
                  at::zeros_like(d.direction));
    at::Tensor flat = at::zeros({shape_[1], shape_[2] * shape_[3]}, features.options());
    flat.index_copy_(1, positions_, to_features.t().to(features.scalar_type()));
    loss.gradient = at::empty_like(features).copy_(flat.view(shape_));
    return loss;
  }

  bool tileable() const override { return false; }

 private:
  Distances distances(const at::Tensor& features) const {
    Distances d;
    const at::Tensor sample =
        features[0].flatten(1).index_select(1, positions_).t().to(at::kDouble);
    d.length = sample.square().sum(1, true).sqrt();
    d.direction = at::where(d.length > kShortest, sample / d.length, at::zeros_like(sample));
    d.distance = 1.0 - at::mm(d.direction, d.direction.t());
    d.distance.fill_diagonal_(0.0);
    d.sum = d.distance.sum(0, true) + kNoDistance * static_cast<double>(sample.size(0));
    d.relative = d.distance / d.sum;
    return d;
  }

  std::vector<int64_t> shape_;
  at::Tensor positions_;
  at::Tensor target_;
};

}  // namespace

std::unique_ptr<TapTerm> make_self_similarity(const at::Tensor& target,
                                              const SelfSimilaritySettings& settings) {
  return std::make_unique<SelfSimilarity>(target, settings);
}

}  // namespace strata::styletransfer

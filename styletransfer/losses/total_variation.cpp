#include "styletransfer/losses/total_variation.hpp"

#include "base/enum_names.hpp"

#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

const EnumNames<TotalVariationForm>& forms() {
  static const EnumNames<TotalVariationForm> names(
      "total variation", {{"l1-sum", TotalVariationForm::l1_sum},
                          {"squared-sum", TotalVariationForm::squared_sum},
                          {"squared-mean", TotalVariationForm::squared_mean},
                          {"nine-point-mean", TotalVariationForm::nine_point_mean}});
  return names;
}

class TotalVariation final : public Regulariser {
 public:
  TotalVariation(TotalVariationForm form, double pixel_scale) : form_(form), scale_(pixel_scale) {}

  Loss evaluate(const at::Tensor& image, double weight, Want want) const override {
    const c10::NoGradGuard no_grad;
    Loss loss;
    if (want == Want::gradient) loss.gradient = at::zeros_like(image);
    // The crop of neural-style: the last row and column only serve as neighbours.
    const bool cropped = form_ == TotalVariationForm::squared_sum;
    for (const int64_t axis : {int64_t{2}, int64_t{3}}) {
      const int64_t other = 5 - axis;
      const int64_t across = image.size(other) - (cropped ? 1 : 0);
      const int64_t steps = image.size(axis) - 1;
      if (steps <= 0 || across <= 0) continue;
      const at::Tensor band = image.narrow(other, 0, across);
      at::Tensor d = band.narrow(axis, 1, steps) - band.narrow(axis, 0, steps);
      const double factor = weight * factor_for(image);
      loss.value += factor * sum_of(d);
      if (want == Want::value) continue;
      const at::Tensor slope = is_l1() ? d.sign().mul_(factor) : d.mul_(2.0 * factor);
      const at::Tensor gradient = loss.gradient.narrow(other, 0, across);
      gradient.narrow(axis, 1, steps).add_(slope);
      gradient.narrow(axis, 0, steps).sub_(slope);
    }
    return loss;
  }

  bool tileable() const override { return true; }

 private:
  bool is_l1() const { return form_ == TotalVariationForm::l1_sum; }

  double sum_of(const at::Tensor& d) const {
    return (is_l1() ? d.abs() : d.square()).sum(at::kDouble).item<double>();
  }

  // What multiplies sum |d| or sum d^2 of differences in [0, 1].
  double factor_for(const at::Tensor& image) const {
    switch (form_) {
      case TotalVariationForm::l1_sum:
        return scale_;
      case TotalVariationForm::squared_sum:
        return 0.5 * scale_ * scale_;
      case TotalVariationForm::squared_mean:
        return scale_ * scale_ / static_cast<double>(image.numel());
      case TotalVariationForm::nine_point_mean:
        break;
    }
    return 0.0;
  }

  TotalVariationForm form_;
  double scale_;
};

class NinePointVariation final : public Regulariser {
 public:
  explicit NinePointVariation(double pixel_scale) : scale_(pixel_scale) {}

  Loss evaluate(const at::Tensor& image, double weight, Want want) const override {
    const c10::NoGradGuard no_grad;
    const at::Tensor padded = at::replication_pad2d(image, {1, 1, 1, 1});
    const int64_t rows = padded.size(2) - 1, columns = padded.size(3) - 1;
    Loss loss;
    const at::Tensor to_padded = want == Want::gradient ? at::zeros_like(padded) : at::Tensor();
    // From (top, left) to (bottom, right) of each pair, and its share.
    struct Direction {
      int64_t top, left, bottom, right;
      double share;
    };
    for (const Direction& d :
         {Direction{0, 0, 0, 1, 2.0 / 3.0}, Direction{0, 0, 1, 0, 2.0 / 3.0},
          Direction{0, 0, 1, 1, 1.0 / 6.0}, Direction{0, 1, 1, 0, 1.0 / 6.0}}) {
      const int64_t height = rows + (d.bottom == d.top ? 1 : 0);
      const int64_t width = columns + (d.left == d.right ? 1 : 0);
      const auto from = [&](const at::Tensor& t) {
        return t.narrow(2, d.top, height).narrow(3, d.left, width);
      };
      const auto to = [&](const at::Tensor& t) {
        return t.narrow(2, d.bottom, height).narrow(3, d.right, width);
      };
      const at::Tensor difference = to(padded) - from(padded);
      const double factor =
          weight * scale_ * scale_ * d.share / static_cast<double>(difference.numel());
      loss.value += factor * difference.square().sum(at::kDouble).item<double>();
      if (want == Want::value) continue;
      to(to_padded).add_(difference, 2.0 * factor);
      from(to_padded).sub_(difference, 2.0 * factor);
    }
    if (want == Want::gradient) {
      loss.gradient = at::replication_pad2d_backward(to_padded, image, {1, 1, 1, 1});
    }
    return loss;
  }

  bool tileable() const override { return true; }

 private:
  double scale_;
};

}  // namespace

std::vector<std::string> total_variation_names() { return forms().names(); }
TotalVariationForm total_variation_from(const std::string& name) { return forms().value(name); }

std::unique_ptr<Regulariser> make_total_variation(TotalVariationForm form, double pixel_scale) {
  if (form == TotalVariationForm::nine_point_mean) {
    return std::make_unique<NinePointVariation>(pixel_scale);
  }
  return std::make_unique<TotalVariation>(form, pixel_scale);
}

}  // namespace strata::styletransfer

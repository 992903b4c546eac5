#include "styletransfer/losses/content_mse.hpp"

#include "base/enum_names.hpp"
#include "base/error.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace strata::styletransfer {
namespace {

const EnumNames<ContentNormalisation>& normalisations() {
  static const EnumNames<ContentNormalisation> names("content normalisation",
                                                     {{"none", ContentNormalisation::none},
                                                      {"target", ContentNormalisation::target},
                                                      {"root", ContentNormalisation::root}});
  return names;
}

double sum_of_squares(const at::Tensor& t) {
  const double norm =
      at::linalg_vector_norm(t, 2, at::OptionalIntArrayRef{}, /*keepdim=*/false, at::kDouble)
          .item<double>();
  return norm * norm;
}

class ContentMse final : public TapTerm {
 public:
  ContentMse(const at::Tensor& target, ContentNormalisation normalisation) : target_(target) {
    if (normalisation == ContentNormalisation::target) {
      const double energy = sum_of_squares(target) / static_cast<double>(target.numel());
      if (energy > 0.0) scale_ = 1.0 / energy;
    } else if (normalisation == ContentNormalisation::root) {
      scale_ = 0.5 * std::sqrt(static_cast<double>(target.numel()));
    }
  }

  Loss evaluate(const at::Tensor& features, double weight, Want want) const override {
    STRATA_CHECK(features.sizes() == target_.sizes(), "content target of another size");
    const c10::NoGradGuard no_grad;
    at::Tensor difference = features - target_;
    const double per_entry = weight * scale_ / static_cast<double>(target_.numel());
    Loss loss;
    loss.value = per_entry * sum_of_squares(difference);
    if (want == Want::gradient) loss.gradient = difference.mul_(2.0 * per_entry);
    return loss;
  }

  bool tileable() const override { return true; }

 private:
  at::Tensor target_;
  double scale_ = 1.0;
};

}  // namespace

std::vector<std::string> content_normalisation_names() { return normalisations().names(); }
ContentNormalisation content_normalisation_from(const std::string& name) {
  return normalisations().value(name);
}

std::unique_ptr<TapTerm> make_content_mse(const at::Tensor& target,
                                          ContentNormalisation normalisation) {
  return std::make_unique<ContentMse>(target, normalisation);
}

}  // namespace strata::styletransfer

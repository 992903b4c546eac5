#include "styletransfer/strength.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace strata::styletransfer {

Anchors anchors_of(double strength, double content_weight, double style_weight) {
  STRATA_CHECK(strength >= 0.0 && strength <= 1.0, "strength is in [0, 1]");
  return {strength * style_weight, (1.0 - strength) * content_weight};
}

void calibrate(Objective& objective,
               const Anchors& anchors,
               const at::Tensor& content_rgb_nchw_01,
               const std::vector<WeightedPicture>& styles_at_content_size) {
  constexpr double kFloor = 1e-6;
  const ObjectiveValue silence =
      objective.value_at_silence(content_rgb_nchw_01.size(2), content_rgb_nchw_01.size(3));
  const auto anchor = [&](const char* loss, const std::vector<WeightedPicture>& pictures) {
    double value = 0.0;
    for (const WeightedPicture& picture : pictures) {
      value += picture.share * objective.value(picture.rgb_nchw_01).sum_of(loss);
    }
    const double floor = kFloor * silence.sum_of(loss);
    // Networks that are silent on both pictures have nothing to transfer; any weight will do.
    return std::max(value, floor) > 0.0 ? std::max(value, floor) : 1.0;
  };
  const double style_anchor = anchor("style", {{content_rgb_nchw_01, 1.0}});
  const double content_anchor = anchor("content", styles_at_content_size);
  objective.scale_weights("style", anchors.unpainted / style_anchor);
  objective.scale_weights("content", anchors.replaced / content_anchor);
}

}  // namespace strata::styletransfer

#pragma once

#include "optim/objective.hpp"
#include "styletransfer/backbone.hpp"
#include "styletransfer/losses/term.hpp"

#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json_fwd.hpp>

namespace strata::styletransfer {

/// One term of an objective at one picture, in the units of the preset.
struct TermValue {
  std::string loss;  ///< "content", "style", "tv"
  std::string tap;   ///< "relu4_2"; "image" for terms on the picture itself
  double weight = 0.0;
  double value = 0.0;       ///< weighted
  std::string region = {};  ///< where the term holds for part of the picture
};

struct ObjectiveValue {
  double loss = 0.0;  ///< the sum of the terms' values
  at::Tensor
      gradient;  ///< dloss/dpicture, the picture's shape and dtype; undefined if not asked for
  std::vector<TermValue> terms;
  /// The sum of one kind of loss.
  double sum_of(const std::string& loss) const;
};

/// {"total": ..., "terms": [{"loss", "tap", "weight", "value"}, ...]}, and "region" where there is
/// one
nlohmann::json to_json(const ObjectiveValue& value);

/// A weighted sum of terms on the taps of a backbone and on the picture:
///   L(x) = sum_i w_i T_i(F_tap(i)(x)) + sum_j w_j R_j(x).
class Objective {
 public:
  explicit Objective(std::shared_ptr<const Backbone> backbone);

  void add(std::string loss,
           size_t tap,
           double weight,
           std::unique_ptr<TapTerm> term,
           std::string region = {});
  void add(std::string loss, double weight, std::unique_ptr<Regulariser> term);

  /// Loss, gradient and terms at a picture, 1 x 3 x H x W, RGB in [0, 1].
  ObjectiveValue evaluate(const at::Tensor& rgb_nchw_01) const;
  /// Loss and terms only: less memory and time.
  ObjectiveValue value(const at::Tensor& rgb_nchw_01) const;
  /// The terms with all features zero, for a picture of this size: a scale to judge values by. The
  /// regularisers count as zero.
  ObjectiveValue value_at_silence(int64_t height, int64_t width) const;

  /// Multiplies the weights of all terms of one kind.
  void scale_weights(const std::string& loss, double factor);
  bool exact_gradient() const;
  const Backbone& backbone() const { return *backbone_; }

 private:
  struct TapLoss {
    std::string loss;
    size_t tap;
    double weight;
    std::unique_ptr<TapTerm> term;
    std::string region;
  };
  struct ImageLoss {
    std::string loss;
    double weight;
    std::unique_ptr<Regulariser> term;
  };
  ObjectiveValue empty_value() const;
  static void set_total(ObjectiveValue& value);
  void add_image_losses(const at::Tensor& image, Want want, ObjectiveValue& value) const;

  std::shared_ptr<const Backbone> backbone_;
  std::vector<TapLoss> tap_losses_;
  std::vector<ImageLoss> image_losses_;
};

}  // namespace strata::styletransfer

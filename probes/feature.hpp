#pragma once

#include "nn/graph.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::probes {

/// What a probe sees of a layer's features F (C x N, N = H * W positions) of one picture:
///   gap      the mean over positions, C dims;
///   gram     the upper triangle of the second moment S = F F^T / N, off-diagonals times sqrt(2),
///            so that dot products are Frobenius products: C (C + 1) / 2 dims. Where these are more
///            than `limit` they are count-sketched to `limit` dims (Charikar et al. 2002), which
///            keeps dot products in expectation.
struct Feature {
  enum class Kind { gap, gram };
  /// A Gram matrix of up to 128 channels stays as it is.
  static constexpr int64_t kGramLimit = 128 * 129 / 2;

  Kind kind = Kind::gap;
  int64_t limit = 0;  ///< gram only: the most dims
  std::string name;   ///< as the user wrote it: "gap", "gram", "gram:4096"
};

/// "gap", "gram" (limit kGramLimit) or "gram:M" (limit M, 16 to 2^24). Throws UsageError with the
/// nearest name.
Feature feature_from(const std::string& text);
std::vector<Feature> features_from(const std::vector<std::string>& texts);

/// Whether the feature says anything about a layer of shape N x C x H x W or N x C: `gram` needs
/// more than one position.
bool applies(const Feature& feature, const nn::Shape& layer);
/// Dims of the feature for a layer of `channels`.
int64_t dims(const Feature& feature, int64_t channels);
/// What is computed for a layer of `channels`, for keys and records: "gap", "gram" or
/// "gram sketched to M". Equal texts are equal numbers.
std::string definition(const Feature& feature, int64_t channels);

/// Computes one feature of one layer.
class FeatureMap {
 public:
  FeatureMap(const Feature& feature, int64_t channels);

  int64_t dims() const { return dims_; }
  /// n x C x H x W or n x C, any float dtype and device -> n x dims, float32, on the CPU.
  at::Tensor operator()(const at::Tensor& layer);

 private:
  at::Tensor gram(const at::Tensor& layer_nchw);

  Feature::Kind kind_;
  int64_t channels_;
  int64_t dims_;
  // Count sketch: entry e of the triangle is added to bucket bucket_[e] with sign sign_[e].
  at::Tensor bucket_, sign_;
};

}  // namespace strata::probes

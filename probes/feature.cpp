#include "probes/feature.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "stats/moments.hpp"

#include <algorithm>
#include <charconv>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::probes {
namespace {

constexpr int64_t kLeastLimit = 16, kMostLimit = int64_t{1} << 24;

int64_t triangle(int64_t channels) { return channels * (channels + 1) / 2; }

int64_t limit_from(const std::string& text, const std::string& number) {
  int64_t value = 0;
  const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (status != std::errc() || end != number.data() + number.size() || value < kLeastLimit ||
      value > kMostLimit) {
    throw UsageError(fmt::format("features: found '{}', expected gram:M with M from {} to {}", text,
                                 kLeastLimit, kMostLimit));
  }
  return value;
}

}  // namespace

Feature feature_from(const std::string& text) {
  const std::string kind = text.substr(0, text.find(':'));
  if (text == "gap") return {Feature::Kind::gap, 0, text};
  if (text == "gram") return {Feature::Kind::gram, Feature::kGramLimit, text};
  if (kind == "gram") return {Feature::Kind::gram, limit_from(text, text.substr(5)), text};
  const std::vector<std::string> known = {"gap", "gram"};
  throw UsageError(fmt::format("features: found '{}', expected gap, gram or gram:M{}", text,
                               did_you_mean(text, known)));
}

std::vector<Feature> features_from(const std::vector<std::string>& texts) {
  std::vector<Feature> features;
  for (const std::string& text : texts) {
    const Feature feature = feature_from(text);
    const bool twice = std::any_of(features.begin(), features.end(),
                                   [&](const Feature& known) { return known.name == text; });
    if (!twice) features.push_back(feature);
  }
  if (features.empty()) throw UsageError("features: none given, expected gap, gram or gram:M");
  return features;
}

bool applies(const Feature& feature, const nn::Shape& layer) {
  if (feature.kind == Feature::Kind::gap) return true;
  return layer.size() == 4 && layer[2] * layer[3] > 1;
}

int64_t dims(const Feature& feature, int64_t channels) {
  if (feature.kind == Feature::Kind::gap) return channels;
  return std::min(triangle(channels), feature.limit);
}

std::string definition(const Feature& feature, int64_t channels) {
  if (feature.kind == Feature::Kind::gap) return "gap";
  if (triangle(channels) <= feature.limit) return "gram";
  return fmt::format("gram sketched to {}", feature.limit);
}

FeatureMap::FeatureMap(const Feature& feature, int64_t channels)
    : kind_(feature.kind), channels_(channels), dims_(probes::dims(feature, channels)) {
  if (kind_ == Feature::Kind::gap || dims_ == triangle(channels)) return;
  // One fixed sketch for each pair of sizes, so that rows computed at any time belong together.
  Random random(0, fmt::format("gram sketch {} to {}", triangle(channels), dims_));
  bucket_ = at::empty({triangle(channels)}, at::kLong);
  sign_ = at::empty({triangle(channels)}, at::kFloat);
  auto* bucket = bucket_.data_ptr<int64_t>();
  auto* sign = sign_.data_ptr<float>();
  for (int64_t e = 0; e < triangle(channels); ++e) {
    bucket[e] = static_cast<int64_t>(random.below(static_cast<uint64_t>(dims_)));
    sign[e] = random.below(2) == 0 ? -1.0F : 1.0F;
  }
}

at::Tensor FeatureMap::operator()(const at::Tensor& layer) {
  STRATA_CHECK((layer.dim() == 4 || layer.dim() == 2) && layer.size(1) == channels_,
               "a layer of another shape");
  const at::Tensor features = kind_ == Feature::Kind::gram ? gram(layer)
                              : layer.dim() == 4
                                  ? layer.mean(at::IntArrayRef{2, 3}, false, at::kFloat)
                                  : layer;
  return features.to(at::kCPU, at::kFloat).contiguous();
}

at::Tensor FeatureMap::gram(const at::Tensor& layer_nchw) {
  STRATA_CHECK(layer_nchw.dim() == 4, "a Gram matrix needs positions");
  const double positions = static_cast<double>(layer_nchw.size(2) * layer_nchw.size(3));
  std::vector<at::Tensor> rows;
  // One picture after the other: a batch of products of a wide layer would not fit the caches.
  for (const at::Tensor& picture : layer_nchw.split(1)) {
    const at::Tensor products = stats::feature_products(picture.to(at::kFloat)) / positions;
    at::Tensor row = stats::upper_triangle(products);
    if (bucket_.defined()) {
      bucket_ = bucket_.to(row.device());
      sign_ = sign_.to(row.device());
      row = at::zeros({1, dims_}, row.options()).index_add_(1, bucket_, row * sign_);
    }
    rows.push_back(row);
  }
  return at::cat(rows);
}

}  // namespace strata::probes

#include "base/error.hpp"
#include "nn/builder_families.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

namespace strata::nn {
namespace {

constexpr int64_t kStages = 5;
constexpr std::array<int64_t, kStages> kWidths = {64, 128, 256, 512, 512};
constexpr int64_t kHidden = 4096;
constexpr int64_t kGrid = 7;

struct Variant {
  const char* name;
  std::array<int64_t, kStages> convolutions;  ///< of each stage
};
constexpr std::array<Variant, 4> kVariants = {{{"11", {1, 1, 2, 2, 2}},
                                               {"13", {2, 2, 2, 2, 2}},
                                               {"16", {2, 2, 3, 3, 3}},
                                               {"19", {2, 2, 4, 4, 4}}}};

/// One width a convolution: the published ones where the architecture gives none.
std::vector<int64_t> widths_of(const Architecture& architecture, const Variant& variant) {
  const auto& counts = variant.convolutions;
  const auto total = static_cast<size_t>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  if (!architecture.widths.empty()) {
    if (architecture.widths.size() != total) {
      throw UsageError(fmt::format("widths: found {}, but vgg {} has {} convolutions",
                                   architecture.widths.size(), architecture.variant, total));
    }
    return architecture.widths;
  }
  std::vector<int64_t> widths;
  for (size_t stage = 0; stage < kStages; ++stage) {
    widths.insert(widths.end(), static_cast<size_t>(counts[stage]), kWidths[stage]);
  }
  return widths;
}

/// Appends to torchvision's Sequential `features`, whose members are called by their number.
class Features {
 public:
  explicit Features(Graph& graph) : graph_(graph) {}
  void add(const Op& op, const std::string& alias) {
    graph_.alias(alias, graph_.add(fmt::format("features.{}", next_++), op));
  }

 private:
  Graph& graph_;
  int64_t next_ = 0;
};

void add_classifier(Graph& graph, int64_t width, int64_t classes) {
  graph.add("avgpool", AdaptiveAveragePool2d{{kGrid, kGrid}});
  graph.add("flatten", Flatten{});
  graph.alias("fc6", graph.add("classifier.0", Linear{width * kGrid * kGrid, kHidden}));
  graph.alias("relu6", graph.add("classifier.1", Relu{}));
  graph.add("classifier.2", Dropout{});
  graph.alias("fc7", graph.add("classifier.3", Linear{kHidden, kHidden}));
  graph.alias("relu7", graph.add("classifier.4", Relu{}));
  graph.add("classifier.5", Dropout{});
  graph.alias("fc8", graph.add("classifier.6", Linear{kHidden, classes}));
}

}  // namespace

std::vector<std::string> vgg_variants() {
  std::vector<std::string> names;
  for (const Variant& variant : kVariants) {
    names.emplace_back(variant.name);
    names.push_back(std::string(variant.name) + "_bn");
  }
  return names;
}

Graph build_vgg(const Architecture& architecture) {
  const bool batch_norm = architecture.variant.ends_with("_bn");
  const std::string depth = architecture.variant.substr(0, 2);
  const auto* variant = std::find_if(kVariants.begin(), kVariants.end(),
                                     [&](const Variant& v) { return v.name == depth; });
  STRATA_CHECK(variant != kVariants.end(), "no VGG " + depth);
  const std::vector<int64_t> widths = widths_of(architecture, *variant);
  Graph graph;
  Features features(graph);
  int64_t channels = 3;
  size_t convolution = 0;
  for (size_t stage = 1; stage <= kStages; ++stage) {
    for (int64_t i = 1; i <= variant->convolutions[stage - 1]; ++i) {
      const std::string place = fmt::format("{}_{}", stage, i);
      const int64_t width = widths[convolution++];
      features.add(Conv2d{.in = channels, .out = width, .padding = {1, 1}}, "conv" + place);
      if (batch_norm) features.add(BatchNorm2d{width}, "bn" + place);
      features.add(Relu{}, "relu" + place);
      channels = width;
    }
    features.add(Pool2d{}, fmt::format("pool{}", stage));
  }
  add_classifier(graph, channels, architecture.classes);
  return graph;
}

}  // namespace strata::nn

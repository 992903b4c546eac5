#pragma once

#include "nn/graph.hpp"
#include "nn/projection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::nn {

/// What a card says about the architecture.
struct Architecture {
  std::string builder;  ///< "vgg", "alexnet", "squeezenet", "resnet", "cifar_resnet"
  std::string variant;  ///< vgg: "11".."19" or "16_bn"; squeezenet: "1_0", "1_1"; resnet: "18"..
                        ///< "152"; cifar_resnet: "20", "32", "44", "56", "110"; alexnet: ""
  int64_t classes = 1000;
  /// Some families in other widths: vgg takes one width a convolution ("16,16,32,..."); empty is
  /// the published one.
  std::vector<int64_t> widths = {};
  Padding padding = Padding::zeros;
  std::vector<Projection> projections = {};  ///< of any family
};

std::vector<std::string> builder_names();
/// Throws UsageError for an unknown builder. A family with one member has the variant "".
std::vector<std::string> variants_of(const std::string& builder);

/// The whole network with its classifier, for pictures of 3 channels. Nodes are called as
/// torchvision.models.feature_extraction calls them; aliases are the literature's: conv1_1, bn1_1,
/// relu1_1, pool1, fc6 (VGG), conv1, relu1, pool1, fc6 (AlexNet), fire2 (SqueezeNet: a module's
/// output), layer1.0 and layer1 (ResNets: outputs of blocks and stages). Throws UsageError for an
/// unknown builder or variant, with the nearest, and for widths that do not fit.
Graph build(const Architecture& architecture);

/// The parameter whose first dimension is the number of classes ("classifier.6.weight").
std::string head_parameter(const Architecture& architecture);

}  // namespace strata::nn

#pragma once

#include "base/log.hpp"
#include "data/loader.hpp"
#include "image/tensor.hpp"
#include "nn/network.hpp"
#include "nn/plan.hpp"
#include "probes/choice.hpp"
#include "probes/feature.hpp"
#include "probes/store.hpp"
#include "probes/tap.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace strata::probes {

/// One feature of one tap: a column of matrices in the store, a cell of a sweep.
struct FeatureColumn {
  Tap tap;
  Feature feature;
  FeatureKey key;  ///< set by set_keys
};

/// Where features come from: a network, how pictures are fitted to it, and what is kept.
struct FeatureSource {
  std::shared_ptr<const nn::Network> network;
  std::string weights_key;
  image::FitOptions fit;
  nn::Policy policy;
  int64_t batch = 32;
  double max_bad = 0.01;
  std::vector<FeatureColumn> columns;  ///< in order of depth, features innermost
  std::vector<std::string> left_out;   ///< "gram at fc6: one position only"

  /// Card, weights and their SHA-256, device, precision.
  nlohmann::json record() const;
};

/// The size and way of fitting: the choice's where it names them, else the network's.
image::FitOptions fit_options(const nn::Preprocessing& input, const ExtractionChoice& choice);

/// Loads a network, as deep as the taps ask for, with the threads and the device of `choice`;
/// `layers` are the taps where the user names none.
/// Throws UsageError and InputError for whatever is wrong with the request.
FeatureSource open_source(const NetworkChoice& network,
                          const std::vector<Feature>& features,
                          const ExtractionChoice& choice,
                          Log& log,
                          CardLayers layers = CardLayers::probe);

/// How the pictures of the source are read.
data::LoaderOptions loader_options(const FeatureSource& source);

/// Gives each column its key: a hash of everything that its numbers depend on besides the picture,
/// and of the type they are kept as ("float32" or "float16").
void set_keys(FeatureSource& source, const std::string& dtype);

}  // namespace strata::probes

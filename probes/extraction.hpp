#pragma once

#include "base/log.hpp"
#include "base/stop_signal.hpp"
#include "probes/pictures.hpp"
#include "probes/source.hpp"
#include "probes/store.hpp"

#include <cstdint>
#include <vector>

namespace strata::probes {

/// How an extraction went.
struct ExtractionReport {
  int64_t pictures = 0;  ///< in the data set
  int64_t computed = 0;  ///< that went through the network
  int64_t broken = 0;    ///< that could not be decoded
  double seconds = 0.0;  ///< with decoding
  double pictures_per_second() const;
  void add(const ExtractionReport& other);
};

/// Computes the rows of `columns` that the store does not have: one forward pass a picture serves
/// all of its missing columns. Rows are appended as they come, so whatever ends the work early
/// loses at most the last minute of it. More than the source's `max_bad` of the data set broken is
/// an InputError. Throws Interrupted.
ExtractionReport extract_missing(const FeatureSource& source,
                                 const std::vector<FeatureColumn>& columns,
                                 const PictureSet& pictures,
                                 ActivationStore& store,
                                 Log& log,
                                 const StopSignal& stop);

/// Rows of the pictures that every column has, in order: the pictures that could be decoded.
std::vector<size_t> usable_rows(const std::vector<FeatureColumn>& columns,
                                const PictureSet& pictures,
                                const ActivationStore& store);

/// Seconds that one picture takes, from a forward pass on noise.
double seconds_per_picture(const FeatureSource& source, const std::vector<FeatureColumn>& columns);

}  // namespace strata::probes

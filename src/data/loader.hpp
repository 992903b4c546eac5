#pragma once

#include "base/log.hpp"
#include "data/dataset.hpp"
#include "image/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::data {

struct LoaderOptions {
  image::FitOptions fit;  ///< mode none needs batch 1
  int64_t batch = 16;
  int64_t threads = 1;    ///< decoding threads
  double max_bad = 0.01;  ///< share of broken pictures that is still only a warning
};

struct Batch {
  at::Tensor rgb_nchw_01;           ///< n x 3 x size x size, float; the last batch may be smaller
  std::vector<size_t> rows;         ///< indices into the data set's items
  std::vector<std::string> sha256;  ///< of each picture file's bytes, those that were decoded
};

/// Decodes ahead on its own threads while the caller works; batches come in the order of `rows`
/// (indices into the data set's items), and about two of them wait at most. Pictures of 8 bits are
/// resized as 8 bits where the method antialiases, as PIL does, else as floats.
///
/// A picture that cannot be used is skipped with a warning; more than `max_bad` of all (and more
/// than one, or the only one) is an InputError naming the first ones. Anything else that goes wrong
/// while decoding is thrown by next(). The destructor may come at any time.
///
/// While pictures are decoded each decoding thread computes alone: LibTorch's threads belong to the
/// caller, and OpenCV's are switched off for the whole process.
class Loader {
 public:
  /// Throws UsageError for a batch or number of threads below 1, for `max_bad` outside [0, 1], and
  /// for a batch of pictures that keep their sizes.
  Loader(const Dataset& dataset, std::vector<size_t> rows, const LoaderOptions& options, Log& log);
  ~Loader();

  /// The next batch, or nothing at the end.
  std::optional<Batch> next();
  /// Rows skipped so far, with the reason.
  const std::vector<std::pair<size_t, std::string>>& broken() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace strata::data

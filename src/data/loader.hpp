#pragma once

#include "base/log.hpp"
#include "data/dataset.hpp"
#include "image/tensor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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
  at::Tensor rgb_nchw_01;           ///< n x 3 x size x size
  std::vector<size_t> rows;         ///< indices into the data set's items
  std::vector<std::string> sha256;  ///< of each picture file's bytes
};

/// Decodes ahead on its own threads while the caller works; batches come in the order of the items.
/// A broken picture is skipped with a warning; more than `max_bad` of all (and more than one) is an
/// InputError naming the first ones.
class Loader {
 public:
  Loader(const Dataset& dataset, std::vector<size_t> rows, const LoaderOptions& options, Log& log);
  ~Loader();

  /// The next batch, or nothing at the end.
  std::optional<Batch> next();
  /// Rows skipped so far, with the reason.
  std::vector<std::pair<size_t, std::string>> broken() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace strata::data

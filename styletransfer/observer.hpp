#pragma once

#include "base/log.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// Where a run stands after an iteration.
struct Moment {
  size_t scale = 0;  ///< from 0
  size_t scales = 1;
  int64_t iteration = 0;    ///< done at this scale
  int64_t iterations = 0;   ///< planned at this scale
  int64_t evaluations = 0;  ///< of the whole run
  double work = 0.0;        ///< done of the whole run, in [0, 1]; by pixels times iterations
  double loss = 0.0;
  const at::Tensor& picture;  ///< 1 x 3 x H x W, RGB about [0, 1]; not to be kept
};

/// Sees a run go by. May throw to end it, as an optimiser's function may.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void at(const Moment& moment) = 0;
};
using Observers = std::vector<std::unique_ptr<Observer>>;

/// A progress line: share of the work done, time left, size, loss.
std::unique_ptr<Observer> make_progress_observer(Log& log);

/// Rewrites `file` (a PNG), atomically, whenever another `every` evaluations are done. A preview
/// that cannot be written is warned about once, and the run goes on.
std::unique_ptr<Observer> make_preview_observer(std::filesystem::path file,
                                                int64_t every,
                                                Log& log);

}  // namespace strata::styletransfer

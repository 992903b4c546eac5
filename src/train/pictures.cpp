#include "train/pictures.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "data/ahead.hpp"
#include "image/picture.hpp"
#include "image/tensor.hpp"
#include "train/sampler.hpp"

#include <map>
#include <mutex>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <opencv2/core/utility.hpp>

namespace strata::train {
namespace {

/// Decoded pictures by row, as far as they fit.
class Cache {
 public:
  explicit Cache(double bytes) : left_(bytes) {}

  at::Tensor picture(size_t row, const data::Item& item) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = pictures_.find(row);
      if (found != pictures_.end()) return found->second;
    }
    at::Tensor rgb = image::rgb_nchw_u8(image::decode(item.file));
    const std::lock_guard lock(mutex_);
    const auto bytes = static_cast<double>(rgb.numel());
    if (bytes <= left_ && pictures_.emplace(row, rgb).second) left_ -= bytes;
    return rgb;
  }

 private:
  std::mutex mutex_;
  std::map<size_t, at::Tensor> pictures_;
  double left_;
};

/// Keeps LibTorch's kernels from starting a team of threads for a decoding thread, and leaves the
/// process's number as it is (which a thread takes over when it first asks).
void compute_alone() {
  at::get_num_threads();
  at::set_num_threads(1);
}

}  // namespace

struct TrainingBatches::Impl {
  Impl(const data::Dataset& data,
       std::vector<size_t> wanted,
       const AugmentOptions& how,
       const Options& given)
      : dataset(data),
        rows(std::move(wanted)),
        augment(how),
        options(given),
        cache(given.cache_bytes),
        sampler(static_cast<int64_t>(rows.size()), given.seed),
        batches(
            static_cast<size_t>(given.steps - given.first),
            {static_cast<size_t>(given.threads), static_cast<size_t>(given.threads) + 2},
            [this](size_t i) { return make(options.first + static_cast<int64_t>(i)); },
            compute_alone) {}

  Samples make(int64_t step);

  const data::Dataset& dataset;
  std::vector<size_t> rows;
  AugmentOptions augment;
  Options options;
  Cache cache;
  std::mutex sampler_mutex;
  Sampler sampler;
  data::Ahead<Samples> batches;  // last: its threads use the rest
};

Samples TrainingBatches::Impl::make(int64_t step) {
  Samples samples;
  std::vector<at::Tensor> pictures;
  for (int64_t sample = step * options.batch; sample < (step + 1) * options.batch; ++sample) {
    size_t row = 0;
    {
      const std::lock_guard lock(sampler_mutex);
      row = rows[static_cast<size_t>(sampler.row(sample))];
    }
    const data::Item& item = dataset.items[row];
    Random random(options.seed, "sample " + std::to_string(sample));
    pictures.push_back(augmented(cache.picture(row, item), augment, random));
    samples.labels.push_back(item.label);
  }
  samples.rgb_nchw_01 = at::cat(pictures).contiguous(at::MemoryFormat::ChannelsLast);
  return samples;
}

TrainingBatches::TrainingBatches(const data::Dataset& dataset,
                                 std::vector<size_t> rows,
                                 const AugmentOptions& augment,
                                 const Options& options) {
  STRATA_CHECK(!rows.empty(), "training without pictures");
  cv::setNumThreads(0);
  const int threads = at::get_num_threads();
  impl_ = std::make_unique<Impl>(dataset, std::move(rows), augment, options);
  at::set_num_threads(threads);
}

TrainingBatches::~TrainingBatches() = default;

std::optional<Samples> TrainingBatches::next() { return impl_->batches.next(); }

}  // namespace strata::train

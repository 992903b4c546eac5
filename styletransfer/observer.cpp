#include "styletransfer/observer.hpp"

#include "base/error.hpp"
#include "image/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

class ProgressObserver final : public Observer {
 public:
  explicit ProgressObserver(Log& log) : progress_(log, "stylize", kParts) {}

  void at(const Moment& moment) override {
    progress_.update(
        static_cast<int64_t>(std::lround(moment.work * static_cast<double>(kParts))),
        // Short: a line that a terminal wraps cannot be overwritten.
        fmt::format("{} px, loss {:.4g}", std::max(moment.picture.size(2), moment.picture.size(3)),
                    moment.loss));
  }

 private:
  static constexpr int64_t kParts = 100;
  Progress progress_;
};

class PreviewObserver final : public Observer {
 public:
  PreviewObserver(std::filesystem::path file, int64_t every, Log& log)
      : file_(std::move(file)), every_(every), log_(log) {}

  void at(const Moment& moment) override {
    if (moment.evaluations / every_ == shown_ / every_) return;
    shown_ = moment.evaluations;
    try {
      image::encode(file_, image::picture_from_rgb_nchw_01(moment.picture));
    } catch (const Error& error) {
      if (!warned_) log_.warn(fmt::format("preview not written: {}", error.what()));
      warned_ = true;
    }
  }

 private:
  std::filesystem::path file_;
  int64_t every_;
  int64_t shown_ = 0;
  bool warned_ = false;
  Log& log_;
};

}  // namespace

std::unique_ptr<Observer> make_progress_observer(Log& log) {
  return std::make_unique<ProgressObserver>(log);
}

std::unique_ptr<Observer> make_preview_observer(std::filesystem::path file,
                                                int64_t every,
                                                Log& log) {
  STRATA_CHECK(every > 0, "previews every 0 evaluations");
  return std::make_unique<PreviewObserver>(std::move(file), every, log);
}

}  // namespace strata::styletransfer

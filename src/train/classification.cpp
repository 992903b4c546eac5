#include "train/classification.hpp"

#include "base/error.hpp"

#include <vector>

#include <ATen/ATen.h>

namespace strata::train {
namespace {

at::Tensor label_tensor(const Samples& samples, const at::Tensor& logits) {
  return at::tensor(at::IntArrayRef(samples.labels), at::kLong).to(logits.device());
}

class AccuracyMeter final : public TrainObjective::Meter {
 public:
  void add(const Samples& samples, const std::vector<at::Tensor>& features) override {
    const at::Tensor logits = features.front().detach().to(at::kFloat);
    const at::Tensor labels = label_tensor(samples, logits);
    right_ += logits.argmax(1).eq(labels).sum().item<int64_t>();
    loss_ += at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum).item<double>();
    all_ += labels.numel();
  }
  Evaluation evaluation() const override {
    STRATA_CHECK(all_ > 0, "an accuracy of nothing");
    const auto n = static_cast<double>(all_);
    const double accuracy = static_cast<double>(right_) / n;
    return {accuracy, {{"accuracy", accuracy}, {"cross-entropy", loss_ / n}}};
  }

 private:
  int64_t right_ = 0;
  int64_t all_ = 0;
  double loss_ = 0.0;
};

class Classification final : public TrainObjective {
 public:
  Classification(const std::string& tap, double smoothing) : taps_{tap}, smoothing_(smoothing) {}

  const std::vector<std::string>& taps() const override { return taps_; }

  at::Tensor loss(const Samples& samples, const std::vector<at::Tensor>& features) override {
    const at::Tensor logits = features.front().to(at::kFloat);
    return at::cross_entropy_loss(logits, label_tensor(samples, logits), {}, at::Reduction::Mean,
                                  /*ignore_index=*/-100, smoothing_);
  }

  std::unique_ptr<Meter> meter() const override { return std::make_unique<AccuracyMeter>(); }

 private:
  std::vector<std::string> taps_;
  double smoothing_;
};

}  // namespace

std::unique_ptr<TrainObjective> make_classification(const std::string& tap,
                                                    int64_t classes,
                                                    double label_smoothing) {
  if (classes < 2) throw UsageError("objective: classification needs at least two classes");
  return std::make_unique<Classification>(tap, label_smoothing);
}

}  // namespace strata::train

#include "train/distillation.hpp"

#include "base/error.hpp"
#include "nn/preprocessing.hpp"
#include "train/correlation.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::train {
namespace {

constexpr double kSmallestVariance = 1e-3;  // of the tap's largest

/// A student's tap and where its target comes from.
struct Pair {
  std::string student;
  std::string teacher;
  size_t source = 0;    ///< teacher
  size_t position = 0;  ///< among its taps
  /// 1 / standard deviation of each of the teacher's channels, 1 x C x 1 x 1, on the device and in
  /// the precision of the features; undefined until it is known.
  at::Tensor inverse_deviation;
};

struct Source {
  nn::Network network;
  std::unique_ptr<nn::InferencePlan> plan;
  std::unique_ptr<nn::InferencePlan> exact;  ///< in float32, to judge by; empty where `plan` is
};

enum class Use { learn, judge };

at::Tensor interior(const at::Tensor& features, int64_t picture_side, int64_t border) {
  if (border == 0) return features;
  const auto margin_of = [&](int64_t side) {
    return (border * side + picture_side - 1) / picture_side;
  };
  const int64_t h = margin_of(features.size(2)), w = margin_of(features.size(3));
  return features.slice(2, h, features.size(2) - h).slice(3, w, features.size(3) - w);
}

class Distillation final : public TrainObjective {
 public:
  Distillation(std::vector<Teacher> teachers,
               const nn::Graph& student,
               const DistillationOptions& options,
               const nn::Policy& policy)
      : options_(options) {
    for (Teacher& teacher : teachers) add(std::move(teacher), student, policy);
    if (pairs_.empty()) throw UsageError("objective.teachers: no taps to learn");
    for (const Pair& pair : pairs_) taps_.push_back(pair.student);
  }

  const std::vector<std::string>& taps() const override { return taps_; }

  at::Tensor loss(const Samples& samples, const std::vector<at::Tensor>& features) override {
    const std::vector<at::Tensor> targets = teach(samples.rgb_nchw_01, Use::learn);
    if (!scales_known()) learn_scales(targets, samples.rgb_nchw_01.size(0));
    const int64_t side = samples.rgb_nchw_01.size(2);
    at::Tensor sum;
    for (size_t i = 0; i < pairs_.size(); ++i) {
      // Subtracts the scaled teacher in one walk; nothing of the teacher is kept for the backward.
      const at::Tensor difference =
          at::addcmul(interior(features[i], side, options_.border),
                      interior(targets[i], side, options_.border), pairs_[i].inverse_deviation, -1);
      const at::Tensor term = difference.to(at::kFloat).square().mean();
      sum = sum.defined() ? sum + term : term;
    }
    return sum;
  }

  std::unique_ptr<Meter> meter() const override;
  int64_t border() const { return options_.border; }

  std::map<std::string, at::Tensor> state() const override {
    std::map<std::string, at::Tensor> state;
    state["teacher:pictures"] = at::scalar_tensor(seen_, at::kLong);
    for (const Pair& pair : pairs_) {
      if (!pair.inverse_deviation.defined()) continue;
      state["teacher:inverse_deviation:" + pair.student] = pair.inverse_deviation.cpu();
      state["teacher:moments:" + pair.student] = moments_.at(pair.student);
    }
    return state;
  }

  void restore(const std::map<std::string, at::Tensor>& state) override {
    seen_ = state.at("teacher:pictures").item<int64_t>();
    for (Pair& pair : pairs_) {
      const auto found = state.find("teacher:inverse_deviation:" + pair.student);
      if (found == state.end()) continue;
      pair.inverse_deviation = found->second.to(device_);
      moments_[pair.student] = state.at("teacher:moments:" + pair.student);
    }
  }

  /// The teachers' features in the order of taps(): inference tensors, which a loss may subtract
  /// but not keep for its backward.
  std::vector<at::Tensor> teach(const at::Tensor& rgb_nchw_01, Use use) const {
    std::vector<std::vector<at::Tensor>> by_source;
    for (const Source& source : sources_) {
      const auto& plan = use == Use::judge && source.exact ? source.exact : source.plan;
      by_source.push_back(
          plan->run(nn::preprocess(rgb_nchw_01.to(device_), source.network.card.input)));
    }
    std::vector<at::Tensor> targets;
    for (const Pair& pair : pairs_) targets.push_back(by_source[pair.source][pair.position]);
    return targets;
  }

 private:
  void add(Teacher teacher, const nn::Graph& student, const nn::Policy& policy) {
    device_ = policy.device;
    Source source{.network = std::move(teacher.network), .plan = nullptr, .exact = nullptr};
    const nn::Graph& graph = source.network.graph;
    std::vector<nn::NodeId> nodes;
    const nn::Shape picture{1, 3, 224, 224};
    const auto student_shapes = student.shapes(picture), teacher_shapes = graph.shapes(picture);
    for (const auto& [mine, theirs] : teacher.taps) {
      const nn::NodeId node = graph.find(theirs);
      const nn::Shape& a = student_shapes[student.find(mine)];
      const nn::Shape& b = teacher_shapes[node];
      if (a != b) {
        throw UsageError(fmt::format(
            "objective.teachers: {} has {} channels on {} x {}, but {} of {} has {} on {} x {}",
            mine, a[1], a[2], a[3], theirs, source.network.card.name, b[1], b[2], b[3]));
      }
      pairs_.push_back({.student = mine,
                        .teacher = source.network.card.name + " " + theirs,
                        .source = sources_.size(),
                        .position = nodes.size(),
                        .inverse_deviation = {}});
      nodes.push_back(node);
    }
    source.plan =
        std::make_unique<nn::InferencePlan>(graph, source.network.parameters, nodes, policy);
    if (policy.precision == at::kBFloat16) {
      nn::Policy exact = policy;
      exact.precision = at::kFloat;
      source.exact =
          std::make_unique<nn::InferencePlan>(graph, source.network.parameters, nodes, exact);
    }
    sources_.push_back(std::move(source));
  }

  bool scales_known() const { return seen_ >= options_.scale_pictures; }

  void learn_scales(const std::vector<at::Tensor>& targets, int64_t pictures) {
    seen_ += pictures;
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const at::Tensor t = targets[i].transpose(0, 1).flatten(1).to(at::kDouble);
      const at::Tensor sums =
          at::stack({at::full({t.size(0)}, static_cast<double>(t.size(1)), t.options()), t.sum(1),
                     t.square().sum(1)})
              .cpu();
      at::Tensor& all = moments_[pairs_[i].student];
      all = all.defined() ? all + sums : sums;
      const at::Tensor mean = all[1] / all[0];
      const at::Tensor variance = (all[2] / all[0] - mean.square()).clamp_min(0);
      const double largest = variance.max().item<double>();
      const double floor = largest > 0 ? kSmallestVariance * largest : 1.0;
      pairs_[i].inverse_deviation = variance.clamp_min(floor)
                                        .rsqrt()
                                        .view({1, -1, 1, 1})
                                        .to(device_, targets[i].scalar_type());
    }
  }

  DistillationOptions options_;
  at::Device device_ = at::kCPU;
  std::vector<Source> sources_;
  std::vector<Pair> pairs_;
  std::vector<std::string> taps_;
  std::map<std::string, at::Tensor> moments_;  ///< by student's tap: count, sum, sum of squares
  int64_t seen_ = 0;                           ///< pictures in them
};

class CorrelationMeter final : public TrainObjective::Meter {
 public:
  explicit CorrelationMeter(const Distillation& objective)
      : objective_(objective), taps_(objective.taps().size()) {}

  void add(const Samples& samples, const std::vector<at::Tensor>& features) override {
    const auto targets = objective_.teach(samples.rgb_nchw_01, Use::judge);
    const int64_t side = samples.rgb_nchw_01.size(2), border = objective_.border();
    for (size_t i = 0; i < taps_.size(); ++i) {
      taps_[i].add(interior(targets[i], side, border), interior(features[i], side, border));
    }
  }

  Evaluation evaluation() const override {
    Evaluation evaluation;
    for (size_t i = 0; i < taps_.size(); ++i) {
      const std::string& tap = objective_.taps()[i];
      const double median = taps_[i].median();
      evaluation.figures["correlation " + tap] = median;
      evaluation.figures["silent " + tap] = static_cast<double>(taps_[i].silent());
      evaluation.score += median / static_cast<double>(taps_.size());
    }
    return evaluation;
  }

 private:
  const Distillation& objective_;
  std::vector<ChannelCorrelation> taps_;
};

std::unique_ptr<TrainObjective::Meter> Distillation::meter() const {
  return std::make_unique<CorrelationMeter>(*this);
}

}  // namespace

std::unique_ptr<TrainObjective> make_distillation(std::vector<Teacher> teachers,
                                                  const nn::Graph& student,
                                                  const DistillationOptions& options,
                                                  const nn::Policy& policy) {
  return std::make_unique<Distillation>(std::move(teachers), student, options, policy);
}

}  // namespace strata::train

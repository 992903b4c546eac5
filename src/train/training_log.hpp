#pragma once

#include "train/objective.hpp"
#include "train/trainer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace strata::train {

/// What a run did over its steps: rows of means since the row before, with the evaluations. It
/// goes into checkpoints, so that a run that was taken up has the log of one that never stopped.
class TrainingLog {
 public:
  /// Takes one step in.
  void add(const StepRecord& record);
  /// Ends a row at `step`. `seconds` since the run began, `pictures_per_second` since the last row
  /// (0: unknown).
  void end_row(int64_t step,
               double seconds,
               double pictures_per_second,
               const std::optional<Evaluation>& evaluation);

  size_t rows() const { return rows_.size(); }
  /// Mean loss of the last row; NaN where no step lies in it.
  double loss() const;
  /// step, loss, learning_rate, gradient_norm, pictures_per_second, seconds, score, then the
  /// figures of the evaluations. Empty cells where there is no number.
  std::string csv() const;
  /// A column by its name, NaN where a row has no number; empty for an unknown name.
  std::vector<double> column(const std::string& name) const;
  /// Names of the evaluation's figures.
  std::vector<std::string> figures() const;

  std::map<std::string, at::Tensor> state() const;
  std::string columns_json() const;
  void restore(const std::map<std::string, at::Tensor>& state, const std::string& columns_json);

 private:
  std::vector<std::string> columns_{
      "step", "loss", "learning_rate", "gradient_norm", "pictures_per_second", "seconds", "score"};
  std::vector<std::vector<double>> rows_;  ///< as long as the columns were when they were written
  double loss_ = 0.0, norm_ = 0.0, rate_ = 0.0;
  int64_t steps_ = 0;
};

/// Files of a log's plots: name -> contents. loss, score and rate, each as SVG and PNG; those that
/// have nothing to show are left out.
std::map<std::string, std::string> plots_of(const TrainingLog& log, const std::string& title);

}  // namespace strata::train

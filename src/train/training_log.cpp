#include "train/training_log.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "report/plot.hpp"
#include "report/table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace strata::train {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kFixed = 7;  ///< columns that every log has

double cell(const std::vector<double>& row, size_t column) {
  return column < row.size() ? row[column] : kNone;
}

}  // namespace

void TrainingLog::add(const StepRecord& record) {
  loss_ += record.loss;
  norm_ += record.gradient_norm;
  rate_ = record.rate;
  ++steps_;
}

void TrainingLog::end_row(int64_t step,
                          double seconds,
                          double pictures_per_second,
                          const std::optional<Evaluation>& evaluation) {
  const auto n = static_cast<double>(steps_);
  std::vector<double> row = {static_cast<double>(step),
                             steps_ > 0 ? loss_ / n : kNone,
                             steps_ > 0 ? rate_ : kNone,
                             steps_ > 0 ? norm_ / n : kNone,
                             pictures_per_second > 0 ? pictures_per_second : kNone,
                             seconds,
                             evaluation ? evaluation->score : kNone};
  if (evaluation) {
    for (const auto& [name, figure] : evaluation->figures) {
      auto at = std::find(columns_.begin() + kFixed, columns_.end(), name);
      if (at == columns_.end()) at = columns_.insert(at, name);
      const auto index = static_cast<size_t>(at - columns_.begin());
      if (row.size() <= index) row.resize(index + 1, kNone);
      row[index] = figure;
    }
  }
  rows_.push_back(std::move(row));
  loss_ = norm_ = rate_ = 0.0;
  steps_ = 0;
}

double TrainingLog::loss() const { return rows_.empty() ? kNone : rows_.back()[1]; }

std::string TrainingLog::csv() const {
  std::vector<report::Column> titles;
  for (const std::string& name : columns_) titles.push_back({name});
  report::Table table(titles);
  for (const auto& row : rows_) {
    std::vector<std::string> cells;
    for (size_t c = 0; c < columns_.size(); ++c) {
      const double value = cell(row, c);
      cells.push_back(std::isnan(value) ? "" : shortest(value));
    }
    table.add(std::move(cells));
  }
  return table.csv();
}

std::vector<double> TrainingLog::column(const std::string& name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return {};
  std::vector<double> values;
  for (const auto& row : rows_) {
    values.push_back(cell(row, static_cast<size_t>(found - columns_.begin())));
  }
  return values;
}

std::vector<std::string> TrainingLog::figures() const {
  return {columns_.begin() + kFixed, columns_.end()};
}

std::map<std::string, at::Tensor> TrainingLog::state() const {
  const auto width = static_cast<int64_t>(columns_.size());
  at::Tensor rows = at::empty({static_cast<int64_t>(rows_.size()), width}, at::kDouble);
  auto at = rows.accessor<double, 2>();
  for (int64_t r = 0; r < rows.size(0); ++r) {
    for (int64_t c = 0; c < width; ++c) {
      at[r][c] = cell(rows_[static_cast<size_t>(r)], static_cast<size_t>(c));
    }
  }
  return {{"rows", rows},
          {"sums", at::tensor({loss_, norm_, rate_, static_cast<double>(steps_)}, at::kDouble)}};
}

std::string TrainingLog::columns_json() const { return nlohmann::json(columns_).dump(); }

void TrainingLog::restore(const std::map<std::string, at::Tensor>& state,
                          const std::string& columns_json) {
  columns_ = nlohmann::json::parse(columns_json).get<std::vector<std::string>>();
  const at::Tensor rows = state.at("rows"), sums = state.at("sums");
  STRATA_CHECK(rows.dim() == 2 && rows.size(1) == static_cast<int64_t>(columns_.size()),
               "a log with other columns than numbers");
  const auto at = rows.accessor<double, 2>();
  rows_.clear();
  for (int64_t r = 0; r < rows.size(0); ++r) {
    rows_.emplace_back();
    for (int64_t c = 0; c < rows.size(1); ++c) rows_.back().push_back(at[r][c]);
  }
  const auto sum = sums.accessor<double, 1>();
  loss_ = sum[0];
  norm_ = sum[1];
  rate_ = sum[2];
  steps_ = static_cast<int64_t>(sum[3]);
}

std::map<std::string, std::string> plots_of(const TrainingLog& log, const std::string& title) {
  std::map<std::string, std::string> files;
  const std::vector<double> steps = log.column("step");
  const auto plot = [&](const std::string& file, const std::string& y_title,
                        const std::vector<std::string>& columns) {
    report::LinePlot lines;
    lines.title = title;
    lines.x_title = "step";
    lines.y_title = y_title;
    for (const std::string& name : columns) {
      report::Series series{
          .name = columns.size() > 1 ? name : "", .x = {}, .y = {}, .low = {}, .high = {}};
      const std::vector<double> values = log.column(name);
      for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) continue;
        series.x.push_back(steps[i]);
        series.y.push_back(values[i]);
      }
      if (series.x.size() > 1) lines.series.push_back(std::move(series));
    }
    if (lines.series.empty()) return;
    files[file + ".svg"] = report::svg(lines);
    const auto bytes = report::png(lines);
    files[file + ".png"].assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  plot("loss", "loss", {"loss"});
  plot("rate", "learning rate", {"learning_rate"});
  std::vector<std::string> figures;
  for (const std::string& name : log.figures()) {
    if (name.starts_with("correlation ")) figures.push_back(name);
  }
  plot("score", "score on held-out pictures",
       figures.empty() ? std::vector<std::string>{"score"} : figures);
  return files;
}

}  // namespace strata::train

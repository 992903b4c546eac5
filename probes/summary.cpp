#include "probes/summary.hpp"

#include "probes/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace strata::probes {
namespace {

constexpr double kLevel = 0.05;

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double standard_error(const std::vector<double>& values) {
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(sum / (n - 1) / n);
}

LayerSummary summarise(const Cell& cell) {
  LayerSummary summary;
  summary.cell = cell;
  summary.converged = cell.fit.converged();
  summary.fits = static_cast<int64_t>(cell.fit.fits.size());
  std::map<int64_t, std::vector<double>> accuracies;  // by repeat
  std::vector<double> nlls;
  std::map<double, int64_t, std::greater<>> votes;  // strong first
  for (const FoldFit& fit : cell.fit.fits) {
    if (!fit.converged) ++summary.unconverged;
    if (!fit.chosen) continue;
    accuracies[fit.repeat].push_back(fit.accuracy);
    nlls.push_back(fit.nll);
    ++votes[fit.lambda];
  }
  if (!summary.converged) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    summary.lambda = summary.accuracy = summary.standard_error = summary.nll = summary.p_best =
        kNaN;
    return summary;
  }
  std::vector<double> means, errors;
  for (const auto& [repeat, values] : accuracies) {
    means.push_back(mean(values));
    errors.push_back(standard_error(values));
  }
  summary.accuracy = mean(means);
  summary.standard_error = mean(errors);
  summary.nll = mean(nlls);
  summary.lambda = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) {
                     return a.second < b.second;
                   })->first;
  const auto [weakest, strongest] =
      std::minmax_element(cell.fit.fits.begin(), cell.fit.fits.end(),
                          [](const FoldFit& a, const FoldFit& b) { return a.lambda < b.lambda; });
  summary.lambda_at_end =
      weakest->lambda != strongest->lambda &&
      (summary.lambda == weakest->lambda || summary.lambda == strongest->lambda);
  return summary;
}

double p_equal(const Cell& a, const Cell& b, const std::vector<int64_t>& labels) {
  int64_t only_a = 0, only_b = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const int64_t in_a = a.fit.predictions.at(i), in_b = b.fit.predictions.at(i);
    if (in_a < 0 || in_b < 0) continue;
    only_a += in_a == labels[i] && in_b != labels[i] ? 1 : 0;
    only_b += in_b == labels[i] && in_a != labels[i] ? 1 : 0;
  }
  return mcnemar_p(only_a, only_b);
}

void compare(std::vector<LayerSummary*> layers, const std::vector<int64_t>& labels) {
  std::erase_if(layers, [](const LayerSummary* layer) { return !layer->converged; });
  if (layers.empty()) return;
  // The shallowest of equals.
  LayerSummary* best =
      *std::max_element(layers.begin(), layers.end(),
                        [](const auto* a, const auto* b) { return a->accuracy < b->accuracy; });
  best->best = best->as_good_as_best = true;
  std::erase(layers, best);
  std::vector<double> p;
  for (const LayerSummary* layer : layers) p.push_back(p_equal(best->cell, layer->cell, labels));
  const std::vector<double> corrected = holm(p);
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i]->p_best = corrected[i];
    layers[i]->as_good_as_best = corrected[i] >= kLevel;
  }
}

}  // namespace

std::vector<LayerSummary> summarise(const std::vector<Cell>& cells,
                                    const std::vector<int64_t>& labels) {
  std::vector<LayerSummary> summaries;
  for (const Cell& cell : cells) summaries.push_back(summarise(cell));
  std::map<std::pair<std::string, std::string>, std::vector<LayerSummary*>> curves;
  for (LayerSummary& summary : summaries) {
    curves[{summary.cell.network, summary.cell.feature}].push_back(&summary);
  }
  for (auto& [curve, layers] : curves) compare(layers, labels);
  return summaries;
}

}  // namespace strata::probes

#include "probes/depth_plot.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

namespace strata::probes {
namespace {

std::vector<std::string> tap_names(const std::vector<LayerSummary>& layers) {
  std::map<int64_t, std::string> by_order;
  for (const LayerSummary& layer : layers) by_order[layer.cell.order] = layer.cell.tap;
  std::vector<std::string> names;
  for (const auto& [order, tap] : by_order) names.push_back(tap);
  return names;
}

double position(const Cell& cell, const std::vector<std::string>& categories) {
  if (categories.empty()) return static_cast<double>(cell.depth);
  const auto found = std::find(categories.begin(), categories.end(), cell.tap);
  return static_cast<double>(found - categories.begin());
}

}  // namespace

report::LinePlot depth_plot(const std::vector<LayerSummary>& layers, const std::string& label) {
  report::LinePlot plot;
  std::set<std::string> networks;
  for (const LayerSummary& layer : layers) networks.insert(layer.cell.network);
  const bool one = networks.size() == 1;
  if (one) plot.categories = tap_names(layers);
  plot.title = fmt::format("What a linear probe reads: {}", label);
  if (one) plot.title += ", " + *networks.begin();
  plot.x_title = one ? "layer" : "depth (convolutions and linear layers from the input)";
  plot.y_title = "accuracy, ± one standard error over folds";

  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, report::Series> curves;
  for (const LayerSummary& layer : layers) {
    const std::pair curve(layer.cell.network, layer.cell.feature);
    if (curves.count(curve) == 0) order.push_back(curve);
    report::Series& series = curves[curve];
    series.name = one ? curve.second : curve.first + ", " + curve.second;
    series.x.push_back(position(layer.cell, plot.categories));
    series.y.push_back(layer.accuracy);
    series.low.push_back(layer.accuracy - layer.standard_error);
    series.high.push_back(layer.accuracy + layer.standard_error);
  }
  for (const auto& curve : order) plot.series.push_back(curves[curve]);
  if (!layers.empty()) plot.references.push_back({layers.front().cell.chance, "largest class"});
  return plot;
}

}  // namespace strata::probes

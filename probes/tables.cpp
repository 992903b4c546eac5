#include "probes/tables.hpp"

#include "base/text.hpp"

#include <cmath>
#include <set>

#include <fmt/format.h>

namespace strata::probes {
namespace {

std::string number(double value) { return std::isnan(value) ? "" : shortest(value); }
std::string flag(bool value) { return value ? "1" : "0"; }

std::vector<std::string> place(const Cell& cell) {
  return {std::to_string(kRunSchema),
          cell.network,
          std::to_string(cell.order),
          cell.tap,
          cell.name,
          std::to_string(cell.depth),
          std::to_string(cell.channels),
          cell.feature,
          cell.definition,
          std::to_string(cell.dims)};
}

std::vector<report::Column> columns(const std::vector<std::string>& more) {
  std::vector<report::Column> all;
  for (const char* name : {"schema", "network", "order", "tap", "name", "depth", "channels",
                           "feature", "computed", "dims"}) {
    all.push_back({name});
  }
  for (const std::string& name : more) all.push_back({name});
  return all;
}

double binomial_error(const HeldOutFit& fit) {
  return std::sqrt(fit.accuracy * (1 - fit.accuracy) / static_cast<double>(fit.rows));
}

}  // namespace

report::Table results_table(const std::vector<Cell>& cells) {
  report::Table table(
      columns({"repeat", "fold", "lambda", "c", "training_rows", "test_rows", "accuracy", "nll",
               "inner_accuracy", "chosen", "iterations", "kkt_residual", "converged"}));
  for (const Cell& cell : cells) {
    for (const FoldFit& fit : cell.fit.fits) {
      std::vector<std::string> row = place(cell);
      const double c = 1 / (static_cast<double>(fit.training_rows) * fit.lambda);
      for (std::string& text : std::vector<std::string>{
               std::to_string(fit.repeat), std::to_string(fit.fold), number(fit.lambda), number(c),
               std::to_string(fit.training_rows), std::to_string(fit.test_rows),
               number(fit.accuracy), number(fit.nll), number(fit.inner_accuracy), flag(fit.chosen),
               std::to_string(fit.iterations), number(fit.kkt_residual), flag(fit.converged)}) {
        row.push_back(std::move(text));
      }
      table.add(std::move(row));
    }
  }
  return table;
}

report::Table layers_table(const std::vector<LayerSummary>& layers) {
  report::Table table(
      columns({"classes", "chance", "lambda", "lambda_at_end", "accuracy", "standard_error", "nll",
               "best", "p_best", "as_good_as_best", "converged", "fits", "unconverged",
               "test_lambda", "test_rows", "test_accuracy", "test_standard_error", "test_nll"}));
  for (const LayerSummary& layer : layers) {
    std::vector<std::string> row = place(layer.cell);
    for (std::string& text : std::vector<std::string>{
             std::to_string(layer.cell.classes), number(layer.cell.chance), number(layer.lambda),
             flag(layer.lambda_at_end), number(layer.accuracy), number(layer.standard_error),
             number(layer.nll), flag(layer.best), number(layer.p_best), flag(layer.as_good_as_best),
             flag(layer.converged), std::to_string(layer.fits),
             std::to_string(layer.unconverged)}) {
      row.push_back(std::move(text));
    }
    // A held-out part that did not converge says nothing either.
    const auto& test = layer.cell.fit.test;
    if (test && test->converged) {
      for (std::string& text : std::vector<std::string>{
               number(test->lambda), std::to_string(test->rows), number(test->accuracy),
               number(binomial_error(*test)), number(test->nll)}) {
        row.push_back(std::move(text));
      }
    } else {
      row.insert(row.end(), 5, "");
    }
    table.add(std::move(row));
  }
  return table;
}

report::Table layers_for_people(const std::vector<LayerSummary>& layers) {
  std::set<std::string> networks;
  bool has_test = false;
  for (const LayerSummary& layer : layers) {
    networks.insert(layer.cell.network);
    has_test = has_test || layer.cell.fit.test;
  }
  std::vector<report::Column> titles;
  if (networks.size() > 1) titles.push_back({"network"});
  for (const char* title : {"layer", "depth", "feature", "dims", "lambda"}) {
    titles.push_back({title});
  }
  titles.push_back({"accuracy", report::Align::right});
  if (has_test) titles.push_back({"test part", report::Align::right});
  titles.push_back({"", report::Align::left});
  report::Table table(titles);
  for (const LayerSummary& layer : layers) {
    const Cell& cell = layer.cell;
    std::vector<std::string> row;
    if (networks.size() > 1) row.push_back(cell.network);
    row.insert(row.end(), {cell.tap, std::to_string(cell.depth), cell.feature,
                           std::to_string(cell.dims), number(layer.lambda)});
    row.push_back(layer.converged ? fmt::format("{:.1f} ± {:.1f} %", 100 * layer.accuracy,
                                                100 * layer.standard_error)
                                  : "");
    if (has_test) {
      const auto& test = cell.fit.test;
      row.push_back(test && test->converged ? fmt::format("{:.1f} ± {:.1f} %", 100 * test->accuracy,
                                                          100 * binomial_error(*test))
                                            : "");
    }
    row.push_back(!layer.converged        ? "did not converge: not ranked"
                  : layer.best            ? "best"
                  : layer.as_good_as_best ? "as good as the best"
                                          : "");
    table.add(std::move(row));
  }
  return table;
}

}  // namespace strata::probes

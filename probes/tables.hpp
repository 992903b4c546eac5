#pragma once

#include "probes/summary.hpp"
#include "report/table.hpp"

#include <string>
#include <vector>

namespace strata::probes {

// The tables of a run; docs/probe.md explains their columns.

/// One row for each network, tap, feature, repeat, fold and lambda.
report::Table results_table(const std::vector<Cell>& cells);
/// One row for each network, tap and feature.
report::Table layers_table(const std::vector<LayerSummary>& layers);
/// The same for people.
report::Table layers_for_people(const std::vector<LayerSummary>& layers);

}  // namespace strata::probes

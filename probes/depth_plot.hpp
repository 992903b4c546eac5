#pragma once

#include "probes/summary.hpp"
#include "report/plot.hpp"

#include <string>
#include <vector>

namespace strata::probes {

/// Accuracy by depth with one standard error up and down: a line for each network and feature. Of
/// one network the layers stand side by side by name; of several, at their depth.
report::LinePlot depth_plot(const std::vector<LayerSummary>& layers, const std::string& label);

}  // namespace strata::probes

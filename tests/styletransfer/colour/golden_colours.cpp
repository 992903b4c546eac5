#include "styletransfer/colour/golden_colours.hpp"

#include <fstream>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace strata::testing {

at::Tensor golden_colours(const std::string& name) {
  std::ifstream file(STRATA_SOURCE_DIR "/tests/golden/colour_match.json");
  const auto arrays = nlohmann::json::parse(file);
  std::vector<at::Tensor> rows;
  for (const auto& row : arrays.at(name)) {
    rows.push_back(at::tensor(row.get<std::vector<double>>(), at::kDouble));
  }
  return at::stack(rows);
}

}  // namespace strata::testing

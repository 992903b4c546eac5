#pragma once

#include <cstdint>
#include <vector>

namespace strata::probes {

/// McNemar's exact test: two-sided p that two probes are equally good, given how many pictures only
/// the one (`only_a`) and only the other (`only_b`) had right. 1 where there are none.
double mcnemar_p(int64_t only_a, int64_t only_b);

/// Holm's correction (1979) of p-values for their number, in the order given.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace strata::probes

#include "probes/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace strata::probes {

double mcnemar_p(int64_t only_a, int64_t only_b) {
  // Under equality each picture that only one has right is a fair coin: twice the binomial tail.
  const auto n = static_cast<double>(only_a + only_b);
  const int64_t smaller = std::min(only_a, only_b);
  double tail = 0;
  for (int64_t k = 0; k <= smaller; ++k) {
    const auto kk = static_cast<double>(k);
    tail += std::exp(std::lgamma(n + 1) - std::lgamma(kk + 1) - std::lgamma(n - kk + 1) -
                     n * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double running = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const double factor = static_cast<double>(order.size() - rank);
    running = std::max(running, std::min(1.0, factor * p[order[rank]]));
    corrected[order[rank]] = running;
  }
  return corrected;
}

}  // namespace strata::probes

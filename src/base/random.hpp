#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace strata {

/// A generator that gives the same numbers on every platform: xoshiro256** (Blackman and Vigna,
/// 2018) seeded through SplitMix64 from `seed` and the FNV-1a hash of `stream`. Streams let one
/// seed serve several purposes without their draws depending on each other.
class Random {
 public:
  explicit Random(uint64_t seed, std::string_view stream = "");

  uint64_t bits();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Standard normal (Marsaglia's polar method).
  double normal();
  /// Uniform in {0, ..., n - 1} without bias; n > 0.
  uint64_t below(uint64_t n);
  /// Fisher-Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::array<uint64_t, 4> state_{};
  double spare_ = 0.0;
  bool has_spare_ = false;
};

}  // namespace strata

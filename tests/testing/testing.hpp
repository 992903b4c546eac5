#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

namespace strata::testing {

/// A folder of the running test's own, empty at the start and removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// The folder of real weights and pictures beside the checkout, where it is there.
/// Use: `const auto data = shared_data(); if (!data) GTEST_SKIP() << kNoSharedData;`
std::optional<std::filesystem::path> shared_data();
inline constexpr const char* kNoSharedData = "needs ../shared/data, which is not here";

/// Passes where the shapes are equal, |a - b|_2 <= rtol |b|_2 and max|a - b| <= rtol max|b| (+ atol
/// where b is zero). A failure prints shapes, both errors, the worst index and both values.
::testing::AssertionResult tensors_close(const at::Tensor& a,
                                         const at::Tensor& b,
                                         double rtol,
                                         double atol = 0.0);

/// Standard normal of the given shape, the same on every platform.
at::Tensor normal(const std::vector<int64_t>& shape,
                  uint64_t seed,
                  at::ScalarType type = at::kFloat);

/// Central differences (f(x + h e_i) - f(x - h e_i)) / 2h at all entries of the float64 tensor x.
at::Tensor central_differences(const std::function<double(const at::Tensor&)>& f,
                               const at::Tensor& x,
                               double h = 1e-6);

/// Runs `action`, which must throw E with a message that contains `part`.
template <class E>
::testing::AssertionResult throws(const std::function<void()>& action, const std::string& part) {
  try {
    action();
  } catch (const E& error) {
    if (std::string(error.what()).find(part) != std::string::npos) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure()
           << "the message \"" << error.what() << "\" does not name \"" << part << "\"";
  } catch (const std::exception& error) {
    return ::testing::AssertionFailure() << "threw something else: " << error.what();
  }
  return ::testing::AssertionFailure() << "nothing was thrown";
}

}  // namespace strata::testing

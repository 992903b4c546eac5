#include "testing/testing.hpp"

#include "base/random.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

namespace strata::testing {
namespace fs = std::filesystem;

namespace {

std::string shape_text(const at::Tensor& tensor) {
  std::string text;
  for (const int64_t size : tensor.sizes())
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name =
      info == nullptr ? "strata" : fmt::format("{}.{}", info->test_suite_name(), info->name());
  for (char& c : name) c = c == '/' ? '_' : c;
  path_ = fs::temp_directory_path() / fmt::format("strata-{}-{}", name, getpid());
  fs::remove_all(path_);
  fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::optional<fs::path> shared_data() {
  const fs::path folder = fs::path(STRATA_SOURCE_DIR).parent_path() / "shared" / "data";
  if (fs::is_directory(folder)) return folder;
  return std::nullopt;
}

::testing::AssertionResult tensors_close(const at::Tensor& a,
                                         const at::Tensor& b,
                                         double rtol,
                                         double atol) {
  if (a.sizes() != b.sizes()) {
    return ::testing::AssertionFailure()
           << "shapes differ: " << shape_text(a) << " and " << shape_text(b);
  }
  if (a.numel() == 0) return ::testing::AssertionSuccess();
  const at::Tensor x = a.detach().to(at::kCPU, at::kDouble).contiguous().flatten();
  const at::Tensor y = b.detach().to(at::kCPU, at::kDouble).contiguous().flatten();
  const at::Tensor d = (x - y).abs();
  const double norm = d.norm().item<double>(), norm_b = y.norm().item<double>();
  const double worst = d.max().item<double>(), worst_b = y.abs().max().item<double>();
  if (norm <= rtol * norm_b + atol && worst <= rtol * worst_b + atol) {
    return ::testing::AssertionSuccess();
  }
  const auto i = d.argmax().item<int64_t>();
  return ::testing::AssertionFailure() << fmt::format(
             "|a-b|/|b| = {:.3g}, max|a-b|/max|b| = {:.3g}, allowed {:.3g}; worst at flat index "
             "{}: "
             "{:.9g} against {:.9g} (shape {})",
             norm / norm_b, worst / worst_b, rtol, i, x[i].item<double>(), y[i].item<double>(),
             shape_text(a));
}

at::Tensor normal(const std::vector<int64_t>& shape, uint64_t seed, at::ScalarType type) {
  at::Tensor t = at::empty(shape, at::kDouble);
  Random random(seed, "testing");
  double* values = t.data_ptr<double>();
  for (int64_t i = 0; i < t.numel(); ++i) values[i] = random.normal();
  return t.to(type);
}

at::Tensor central_differences(const std::function<double(const at::Tensor&)>& f,
                               const at::Tensor& x,
                               double h) {
  at::Tensor point = x.detach().clone().contiguous();
  at::Tensor gradient = at::empty_like(point);
  double* p = point.data_ptr<double>();
  double* g = gradient.data_ptr<double>();
  for (int64_t i = 0; i < point.numel(); ++i) {
    const double here = p[i];
    p[i] = here + h;
    const double above = f(point);
    p[i] = here - h;
    const double below = f(point);
    p[i] = here;
    g[i] = (above - below) / (2 * h);
  }
  return gradient;
}

}  // namespace strata::testing

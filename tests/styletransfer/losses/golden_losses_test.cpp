#include "base/file.hpp"
#include "styletransfer/losses/mean_std_style.hpp"
#include "styletransfer/losses/scaled_mse.hpp"
#include "styletransfer/losses/self_similarity.hpp"
#include "styletransfer/losses/wasserstein_style.hpp"
#include "testing/testing.hpp"

#include <filesystem>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace strata::styletransfer {
namespace {

using nlohmann::json;

at::Tensor tensor_from(const json& values, const json& shape) {
  return at::tensor(values.get<std::vector<double>>(), at::kDouble)
      .view(shape.get<std::vector<int64_t>>());
}

std::unique_ptr<TapTerm> make_term(const std::string& name, const at::Tensor& target) {
  const ChannelStatistics statistics = channel_statistics(target);
  if (name == "mean-std") return make_mean_std_style(statistics, StyleScale::none);
  if (name == "w2") return make_wasserstein_style(statistics, {});
  if (name == "w2-newton-schulz") {
    return make_wasserstein_style(statistics, {.root = MatrixRoot::newton_schulz});
  }
  if (name == "content-scaled") return make_content_scaled_mse(target);
  if (name == "gram-scaled") return make_gram_scaled_mse(statistics);
  return make_self_similarity(target, {});
}

// golden/style_losses.py: values and gradients from the formulas, by automatic differentiation.
TEST(Losses, AgreeWithAnIndependentComputationInValueAndGradient) {
  const auto file = std::filesystem::path(STRATA_SOURCE_DIR) / "tests/golden/style_losses.json";
  const json cases = json::parse(read_text(file))["cases"];
  ASSERT_EQ(cases.size(), 12U);
  for (const json& entry : cases) {
    SCOPED_TRACE(entry["loss"].get<std::string>() + " " + entry["shape"].dump());
    const at::Tensor features = tensor_from(entry["features"], entry["shape"]);
    const auto term = make_term(entry["loss"], tensor_from(entry["target"], entry["shape"]));
    const Loss loss = term->evaluate(features, 3.0, Want::gradient);
    const double value = 3.0 * entry["value"].get<double>();
    EXPECT_NEAR(loss.value, value, 1e-9 * value);
    EXPECT_TRUE(strata::testing::tensors_close(
        loss.gradient, 3.0 * tensor_from(entry["gradient"], entry["shape"]), 1e-7));
  }
}

}  // namespace
}  // namespace strata::styletransfer

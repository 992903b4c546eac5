#include "optim/dot_products.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::optim {
namespace {

using testing::normal;
using testing::tensors_close;

TEST(DotProducts, AreThoseOfTheChosenRows) {
  for (const auto type : {at::kDouble, at::kFloat}) {
    const at::Tensor matrix = normal({5, 37}, 1, type);
    const at::Tensor wide = matrix.to(at::kDouble);
    const at::Tensor expected =
        at::stack({at::mv(wide, wide[3]), at::mv(wide, wide[0]), at::mv(wide, wide[3])}, 1);
    const at::Tensor products = dot_products(matrix, {3, 0, 3});
    EXPECT_EQ(products.scalar_type(), at::kDouble);
    EXPECT_TRUE(tensors_close(products, expected, 1e-14));
  }
}

TEST(DotProducts, OfLongFloat32RowsAreSummedInFloat64) {
  // 1 + 1e-3 in float32, 300,000 times: float32 sums are wrong in the fourth digit.
  const at::Tensor matrix = at::full({2, 300000}, 1.001f);
  const double value = static_cast<double>(1.001f);
  const at::Tensor products = dot_products(matrix, {1});
  EXPECT_TRUE(
      tensors_close(products, at::full({2, 1}, 300000 * value * value, at::kDouble), 1e-12));
}

}  // namespace
}  // namespace strata::optim

#include "styletransfer/masks/protection.hpp"

#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {
namespace {

using strata::testing::some_picture;
using strata::testing::tensors_close;

at::Tensor map() {
  at::Tensor map = at::zeros({1, 1, 4, 5});
  map.select(3, 0).fill_(1.0);
  map.select(3, 1).fill_(0.25);
  return map;
}

TEST(Protection, KeepsTheContentWhereItIsWholeAndPartOfItWhereItIsNot) {
  const at::Tensor content = some_picture(4, 5, 1);
  const at::Tensor u = some_picture(4, 5, 2) * 3.0 - 1.0;
  const Protection protection(map(), content);
  const at::Tensor picture = protection.picture(u);
  EXPECT_TRUE(at::equal(picture.select(3, 0), content.select(3, 0)));
  EXPECT_TRUE(tensors_close(picture.select(3, 1),
                            0.25 * content.select(3, 1) + 0.75 * u.select(3, 1), 1e-12));
  EXPECT_TRUE(at::equal(picture.select(3, 2), u.select(3, 2)));
  // As it is shown, nothing is further from the content than the map allows.
  const at::Tensor distance = (protection.shown(u) - content).abs().select(3, 1);
  EXPECT_LE(distance.max().item<double>(), 0.75);
}

TEST(Protection, PassesTheGradientToWhatIsOptimised) {
  const at::Tensor content = some_picture(4, 5, 1);
  const Protection protection(map(), content);
  const at::Tensor slope = some_picture(4, 5, 3);
  const auto value = [&](const at::Tensor& u) {
    return (protection.picture(u) * slope).sum().item<double>();
  };
  EXPECT_TRUE(tensors_close(
      protection.gradient(slope),
      strata::testing::central_differences(value, some_picture(4, 5, 4), 1e-3), 1e-9));
}

}  // namespace
}  // namespace strata::styletransfer

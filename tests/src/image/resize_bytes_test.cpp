#include "image/resize_bytes.hpp"

#include "base/error.hpp"
#include "golden_resize.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::image {
namespace {

TEST(ResizeBytes, IsBitForBitPils) {
  int compared = 0;
  for (const GoldenResize& golden : golden_resizes()) {
    if (golden.peer != "pil" || golden.method == "nearest") continue;
    const auto kernel =
        golden.method == "bicubic-antialias" ? ByteKernel::cubic : ByteKernel::triangle;
    const at::Tensor made =
        resize_bytes(golden_source(golden), golden.values.size(1), golden.values.size(2), kernel);
    EXPECT_TRUE(made[0].equal(golden.values)) << golden;
    ++compared;
  }
  EXPECT_GE(compared, 16);
}

TEST(ResizeBytes, OfAnEvenSurfaceIsTheSameSurface) {
  const at::Tensor even = at::full({1, 3, 9, 14}, 201, at::kByte);
  for (const auto kernel : {ByteKernel::triangle, ByteKernel::cubic}) {
    EXPECT_TRUE(resize_bytes(even, 20, 5, kernel).eq(201).all().item<bool>());
  }
}

TEST(ResizeBytes, ClampsWhereACubicOvershoots) {
  at::Tensor edge = at::zeros({1, 1, 1, 8}, at::kByte);
  edge.narrow(3, 4, 4).fill_(255);
  const at::Tensor larger = resize_bytes(edge, 1, 32, ByteKernel::cubic);
  EXPECT_EQ(larger[0][0][0][0].item<int>(), 0);
  EXPECT_EQ(larger.max().item<int>(), 255);
}

TEST(ResizeBytes, RefusesAnythingButBytes) {
  EXPECT_THROW(resize_bytes(at::zeros({1, 3, 4, 4}), 2, 2, ByteKernel::triangle), Fault);
}

}  // namespace
}  // namespace strata::image

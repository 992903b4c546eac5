#include "probes/npy.hpp"

#include "base/file.hpp"
#include "testing/testing.hpp"

#include <cstring>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using namespace strata::testing;

TEST(Npy, HasTheHeaderThatNumpyReads) {
  const TemporaryFolder folder;
  write_npy(folder / "a.npy", at::arange(6, at::kDouble).reshape({1, 2, 3}));
  const std::string bytes = read_text(folder / "a.npy");
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t length =
      static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  EXPECT_EQ((10 + length) % 64, 0U);
  const std::string header = bytes.substr(10, length);
  EXPECT_TRUE(header.starts_with("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3), }"));
  EXPECT_EQ(header.back(), '\n');
  ASSERT_EQ(bytes.size(), 10 + length + 6 * sizeof(double));
  double last = 0;
  std::memcpy(&last, bytes.data() + bytes.size() - sizeof(double), sizeof(double));
  EXPECT_EQ(last, 5.0);
}

TEST(Npy, WritesTheTupleOfOneAndOfNoDimension) {
  const TemporaryFolder folder;
  write_npy(folder / "one.npy", at::arange(3, at::kLong));
  EXPECT_NE(read_text(folder / "one.npy").find("'<i8', 'fortran_order': False, 'shape': (3, ), "),
            std::string::npos);
  write_npy(folder / "none.npy", at::scalar_tensor(1.5F, at::kFloat));
  EXPECT_NE(read_text(folder / "none.npy").find("'<f4', 'fortran_order': False, 'shape': (), "),
            std::string::npos);
}

TEST(Npy, WritesAStridedTensorInOrder) {
  const TemporaryFolder folder;
  const at::Tensor strided = at::arange(6, at::kFloat).reshape({2, 3}).t();
  write_npy(folder / "a.npy", strided);
  write_npy(folder / "b.npy", strided.contiguous());
  EXPECT_EQ(read_text(folder / "a.npy"), read_text(folder / "b.npy"));
}

}  // namespace
}  // namespace strata::probes

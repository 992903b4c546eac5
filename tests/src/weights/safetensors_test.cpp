#include "weights/safetensors.hpp"

#include "base/error.hpp"
#include "files.hpp"
#include "testing/testing.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

StateDict parse(const std::string& header, const std::string& data) {
  const std::string text = safetensors_bytes(header, data);
  const auto bytes = std::as_bytes(std::span(text));
  const MemorySource source("file", "", {bytes.begin(), bytes.end()});
  StateDict dict;
  read_safetensors(source, dict);
  return dict;
}

TEST(Safetensors, ReadsNumbersOutOfTheirBytes) {
  const StateDict dict =
      parse(R"({"__metadata__":{"format":"pt"},
               "f":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},
               "i":{"dtype":"I16","shape":[1,2],"data_offsets":[9,13]},
               "u":{"dtype":"U8","shape":[],"data_offsets":[0,1]},
               "b":{"dtype":"BOOL","shape":[3],"data_offsets":[13,16]},
               "none":{"dtype":"F64","shape":[0,7],"data_offsets":[16,16]}})",
            std::string("\xfe", 1) + std::string("\0\0\x80\x3f\0\0\x20\xc0", 8) +
                std::string("\xff\xff\x02\x01", 4) + std::string("\0\x01\x40", 3));
  EXPECT_EQ(dict.format, "safetensors");
  EXPECT_EQ(dict.metadata.at("format"), "pt");
  EXPECT_TRUE(same(dict.tensors.at("f"), at::tensor({1.0F, -2.5F})));
  EXPECT_TRUE(same(dict.tensors.at("i"), at::tensor({-1, 258}, at::kShort).view({1, 2})));
  EXPECT_TRUE(same(dict.tensors.at("u"), at::full({}, 254, at::kByte)));
  EXPECT_TRUE(same(dict.tensors.at("b"), at::tensor({0, 1, 1}).to(at::kBool)));
  EXPECT_EQ(dict.tensors.at("none").sizes(), (std::vector<int64_t>{0, 7}));
  // Bytes other than 0 and 1 would be undefined as bool.
  EXPECT_EQ(dict.tensors.at("b").view(at::kByte)[2].item<int>(), 1);
}

TEST(Safetensors, ATypeThatIsNotSupportedIsRefusedByName) {
  const StateDict dict = parse(R"({"x":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},
                                   "y":{"dtype":"I8","shape":[1],"data_offsets":[2,3]}})",
                               "abc");
  EXPECT_EQ(dict.tensors.size(), 1U);
  EXPECT_NE(dict.refused.at("x").find("F8_E4M3"), std::string::npos);
}

}  // namespace
}  // namespace strata::weights

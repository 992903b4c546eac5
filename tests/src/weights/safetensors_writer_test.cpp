#include "base/error.hpp"
#include "base/file.hpp"
#include "files.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::TemporaryFolder;
using testing::throws;

TEST(WriteSafetensors, WhatIsWrittenReadsBackTheSame) {
  const TemporaryFolder folder;
  const at::Tensor base = ramp(0, {6, 5});
  std::map<std::string, at::Tensor> tensors = {{"transposed", base.t()},
                                               {"expanded", ramp(1, {1}).expand({3, 4})},
                                               {"scalar", at::full({}, 2.5, at::kDouble)},
                                               {"empty", at::empty({0, 3})},
                                               {"größe", ramp(2, {3})},
                                               {"gradient", ramp(3, {3}).set_requires_grad(true)}};
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt,
                          at::kShort, at::kChar}) {
    tensors[c10::toString(type)] = ramp(4, {3, 5}, type);
  }
  tensors["bytes"] = at::arange(250, 256, at::kByte);
  tensors["bool"] = at::tensor({1, 0, 1}).to(at::kBool);
  write_safetensors(folder / "a.safetensors", tensors, {{"note", "a \"b\" größe"}});
  const StateDict dict = read(folder / "a.safetensors");
  EXPECT_EQ(dict.metadata.at("note"), "a \"b\" größe");
  ASSERT_EQ(dict.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_TRUE(same(dict.tensors.at(name), tensor)) << name;
    EXPECT_TRUE(dict.tensors.at(name).is_contiguous()) << name;
  }
}

TEST(WriteSafetensors, LaysOutBytesAsTheFormatSays) {
  const TemporaryFolder folder;
  write_safetensors(
      folder / "a",
      {{"b", at::full({1}, 1.0F)}, {"a", at::full({3}, 7, at::kByte)}, {"c", at::full({1}, 2.0F)}});
  const std::string bytes = read_text(folder / "a");
  const std::string header = R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                             R"("c":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                             R"("a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})";
  std::string padded = header;
  while (padded.size() % 8 != 0) padded += ' ';
  EXPECT_EQ(bytes, little(padded.size(), 8) + padded +
                       std::string("\0\0\x80\x3f\0\0\0\x40\x07\x07\x07", 11));
}

TEST(WriteSafetensors, TheSameTensorsGiveTheSameBytes) {
  const TemporaryFolder folder;
  const std::map<std::string, at::Tensor> tensors = {{"a", ramp(0, {4})}, {"b", ramp(1, {2, 2})}};
  write_safetensors(folder / "a", tensors);
  write_safetensors(folder / "b", tensors);
  EXPECT_EQ(read(folder / "a").sha256, read(folder / "b").sha256);
}

TEST(WriteSafetensors, MetadataThatIsNotUtf8IsMadeSo) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", {{"w", ramp(0, {1})}}, {{"source", "a\xff"}});
  EXPECT_EQ(read(folder / "a").metadata.at("source"), "a\xEF\xBF\xBD");
}

TEST(WriteSafetensors, RefusesWhatTheFormatCannotHoldAndLeavesNothing) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const at::Tensor& tensor) {
    write_safetensors(folder / "a", {{name, tensor}});
  };
  EXPECT_TRUE(throws<InputError>([&] { write("__metadata__", ramp(0, {1})); }, "__metadata__"));
  EXPECT_TRUE(throws<InputError>([&] { write("a\xff", ramp(0, {1})); }, "a?"));
  EXPECT_TRUE(throws<InputError>([&] { write("z", at::zeros({1}, at::kComplexFloat)); },
                                 "z: safetensors has no type ComplexFloat"));
  EXPECT_TRUE(throws<InputError>(
      [&] {
        write_safetensors(folder / "no/a", {{"w", ramp(0, {1})}});
      },
      "no such folder"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace strata::weights

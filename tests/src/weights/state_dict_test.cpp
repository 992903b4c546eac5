#include "weights/state_dict.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "files.hpp"
#include "testing/testing.hpp"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::kNoSharedData;
using testing::shared_data;
using testing::TemporaryFolder;
using testing::throws;
using Names = std::vector<std::string>;

Names names_of(const StateDict& dict) {
  Names names;
  for (const auto& [name, tensor] : dict.tensors) names.push_back(name);
  return names;
}

void expect_plain(const StateDict& dict) {
  EXPECT_EQ(names_of(dict), (Names{"bn.num_batches_tracked", "conv.bias", "conv.weight"}));
  EXPECT_TRUE(same(dict.tensors.at("conv.weight"), ramp(0, {4, 3, 2, 2})));
  EXPECT_TRUE(same(dict.tensors.at("conv.bias"), ramp(1, {4})));
  EXPECT_TRUE(same(dict.tensors.at("bn.num_batches_tracked"), at::full({}, 7, at::kLong)));
  EXPECT_TRUE(dict.refused.empty());
}

TEST(Read, EveryProtocolOfBothTorchFormatsGivesTheSameTensors) {
  for (const char* file :
       {"plain_zip.pth", "plain_zip_protocol3.pth", "plain_zip_protocol4.pth",
        "plain_zip_protocol5.pth", "plain_deflated.pth", "plain_legacy_protocol2.pth",
        "plain_legacy_protocol3.pth", "plain_legacy_protocol4.pth", "plain_legacy_protocol5.pth"}) {
    SCOPED_TRACE(file);
    const StateDict dict = read(golden(file));
    expect_plain(dict);
    EXPECT_EQ(dict.file, golden(file));
    EXPECT_EQ(dict.sha256, sha256_of_file(golden(file)));
    const bool legacy = std::string(file).find("legacy") != std::string::npos;
    EXPECT_EQ(dict.format, legacy ? "torch legacy" : "torch zip");
    EXPECT_TRUE(dict.notes.empty());
  }
}

TEST(Read, ConversionToSafetensorsChangesNoTensor) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a.pth", read(golden("plain_zip.pth")).tensors);
  const StateDict dict = read(folder / "a.pth");
  EXPECT_EQ(dict.format, "safetensors");
  expect_plain(dict);
}

TEST(Read, OneEntryIsAStateDictToo) {
  for (const char* file : {"one_entry_zip.pth", "one_entry_legacy.pth"}) {
    const StateDict dict = read(golden(file));
    EXPECT_EQ(names_of(dict), Names{"w"});
    EXPECT_TRUE(same(dict.tensors.at("w"), ramp(0, {2})));
  }
}

TEST(Read, FindsWeightsAmongATrainingRunsState) {
  for (const char* file : {"training_zip.pth", "training_legacy.pth"}) {
    const StateDict dict = read(golden(file));
    EXPECT_EQ(dict.notes, (Names{"state_dict", "prefix module."}));
    EXPECT_TRUE(same(dict.tensors.at("fc.weight"), ramp(6, {1, 2})));
    EXPECT_TRUE(same(dict.tensors.at("fc.bias"), ramp(7, {1})));
    EXPECT_TRUE(dict.refused.empty());
    const StateDict ema = read(golden(file), {.key = "state_dict_ema"});
    EXPECT_TRUE(same(ema.tensors.at("fc.weight"), ramp(6, {1, 2}).mul(2)));
  }
}

TEST(Read, StripsWrappersPrefixesUnlessToldNotTo) {
  const StateDict dict = read(golden("wrapped_zip.pth"));
  expect_plain(dict);
  EXPECT_EQ(dict.notes,
            (Names{"prefix module.", "prefix _orig_mod.", "prefix model.", "prefix backbone."}));
  const StateDict kept = read(golden("wrapped_zip.pth"), {.strip_prefixes = false});
  EXPECT_EQ(kept.tensors.count("module._orig_mod.model.backbone.conv.bias"), 1U);
  EXPECT_EQ(names_of(read(golden("averaged_zip.pth"))), (Names{"fc.bias", "fc.weight"}));
}

TEST(Read, AKeySelectsNamesOfSafetensors) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", {{"enc.w", ramp(0, {2})}, {"dec.w", ramp(1, {2})}});
  EXPECT_TRUE(same(read(folder / "a", {.key = "dec"}).tensors.at("w"), ramp(1, {2})));
  EXPECT_TRUE(throws<UsageError>([&] { read(folder / "a", {.key = "encoder"}); },
                                 "weights key encoder: is not there; there is dec, enc"));
}

TEST(Read, NamesWhatAFileIsInsteadOfWeights) {
  const TemporaryFolder folder;
  const auto fails = [&](const std::string& bytes, const std::string& why) {
    write_file(folder / "a.pth", bytes);
    return throws<InputError>([&] { read(folder / "a.pth"); }, "a.pth: " + why);
  };
  EXPECT_TRUE(fails("", "is empty (0 bytes)"));
  EXPECT_TRUE(fails("hello, this is text\n", "is text (\"hello, this is text?\"), not weights"));
  EXPECT_TRUE(fails("<!DOCTYPE html>", "is text (\"<!DOCTYPE html>\")"));
  EXPECT_TRUE(fails("version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS"));
  EXPECT_TRUE(fails(std::string(257, 'a') + "ustar" + std::string(250, '\0'), "is a tar archive"));
  EXPECT_TRUE(fails("\x89HDF\r\n\x1a\n", "is an HDF5 file"));
  EXPECT_TRUE(fails("\x1f\x8b\x08", "is compressed with gzip"));
  EXPECT_TRUE(fails("GGUF\3", "is a GGUF file"));
  EXPECT_TRUE(fails(std::string("\xff\xd8\xff\xe0\0\x10JFIF\0", 11), "is not a weights file"));
  EXPECT_TRUE(fails("\x80", "is not a weights file"));
  EXPECT_TRUE(fails("\x80\x02", "byte 2"));
  EXPECT_TRUE(fails("PK\x03\x04", "begins like a zip archive"));
  EXPECT_TRUE(fails(little(1000, 8) + "{}", "its first eight bytes announce"));
  EXPECT_TRUE(fails(safetensors_bytes("{}", ""), "holds no tensors"));
  EXPECT_TRUE(fails(read_text(golden("plain_pickle.pkl")), "is a Python pickle"));
  EXPECT_TRUE(throws<InputError>([&] { read(folder / "none"); }, "none: no such file"));
  EXPECT_TRUE(throws<InputError>([&] { read(folder.path()); }, "is a folder"));
}

TEST(Read, TheCifarResNetsOfTheirAuthorAsTheyAre) {
  const auto data = shared_data();
  if (!data) GTEST_SKIP() << kNoSharedData;
  // Sums in float64 by PyTorch.
  const StateDict small = read(*data / "weights/resnet20-12fca82f.th");
  EXPECT_EQ(small.tensors.size(), 97U);
  EXPECT_EQ(small.sha256.substr(0, 8), "12fca82f");
  EXPECT_EQ(small.notes, (Names{"state_dict", "prefix module."}));
  EXPECT_NEAR(small.tensors.at("bn1.bias").to(at::kDouble).sum().item<double>(), 4.791820557788014,
              1e-12);
  const StateDict large = read(*data / "weights/resnet56-4bfd9763.th");
  EXPECT_EQ(large.tensors.size(), 277U);
  EXPECT_NEAR(large.tensors.at("bn1.bias").to(at::kDouble).sum().item<double>(), 7.588056853972375,
              1e-12);
}

TEST(Read, TheSafetensorsOfTheSharedNetworks) {
  const auto data = shared_data();
  if (!data) GTEST_SKIP() << kNoSharedData;
  const StateDict squeezenet = read(*data / "weights/squeezenet1_1.safetensors");
  EXPECT_EQ(squeezenet.tensors.size(), 52U);
  EXPECT_EQ(squeezenet.metadata.at("arch"), "squeezenet1_1");
  EXPECT_EQ(squeezenet.tensors.at("features.0.weight").sizes(),
            (std::vector<int64_t>{64, 3, 3, 3}));
  EXPECT_EQ(read(*data / "weights/vgg19_conv1_1-conv3_4.safetensors").tensors.size(), 16U);
  EXPECT_EQ(read(*data / "weights/vgg19_slim16x_conv5_1.safetensors").tensors.size(), 36U);
}

}  // namespace
}  // namespace strata::weights

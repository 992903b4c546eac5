#include "weights/torch_state_dict.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "files.hpp"
#include "testing/testing.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::TemporaryFolder;
using testing::throws;
using Names = std::vector<std::string>;

Names names_of(const StateDict& dict) {
  Names names;
  for (const auto& [name, tensor] : dict.tensors) names.push_back(name);
  return names;
}

/// A legacy file with this object, whose tensors may use the storage of `one()`.
StateDict read_object(const std::string& object, const ReadOptions& options = {}) {
  const TemporaryFolder folder;
  const std::string bytes = object.find("storage") == std::string::npos
                                ? legacy_bytes(object, {})
                                : legacy_bytes(object, {{"k", 1, "x"}});
  write_file(folder / "a.pth", bytes);
  return read(folder / "a.pth", options);
}

std::string one() { return p_tensor(p_storage("ByteStorage", "k", 1), 0, {1}, {1}); }

TEST(TorchStateDict, IsFoundAtTheTopOrUnderItsUsualNames) {
  EXPECT_EQ(names_of(read_object(p_dict({{"w", one()}}))), Names{"w"});
  for (const char* name : {"state_dict", "model_state_dict", "model", "net", "ema", "weights"}) {
    const StateDict dict =
        read_object(p_dict({{"epoch", p_int(3)}, {name, p_dict({{"w", one()}})}}));
    EXPECT_EQ(names_of(dict), Names{"w"}) << name;
    EXPECT_EQ(dict.notes, Names{name});
  }
}

TEST(TorchStateDict, IsPreferredToStrayTensorsBesideIt) {
  const std::string object = p_dict({{"best_acc1", one()},
                                     {"model", p_text("resnet18")},
                                     {"state_dict", p_dict({{"w", one()}})}});
  EXPECT_EQ(names_of(read_object(object)), Names{"w"});
}

TEST(TorchStateDict, SeveralAreAUsageErrorThatListsThem) {
  EXPECT_TRUE(throws<UsageError>([] { read(golden("two_models_zip.pth")); }, "model, ema"));
  EXPECT_TRUE(
      same(read(golden("two_models_zip.pth"), {.key = "ema"}).tensors.at("w"), ramp(1, {2})));
  EXPECT_EQ(names_of(read(golden("training_zip.pth"))), (Names{"fc.bias", "fc.weight"}));
}

TEST(TorchStateDict, AKeyLeadsIntoNestedMappingsAndNames) {
  const std::string object =
      p_dict({{"a", p_dict({{"b", p_dict({{"w", one()}})},
                            {"c.d", p_dict({{"enc.w", one()}, {"dec.v", one()}})}})}});
  EXPECT_EQ(names_of(read_object(object, {.key = "a.b"})), Names{"w"});
  EXPECT_EQ(names_of(read_object(object, {.key = "a.c.d"})), (Names{"dec.v", "enc.w"}));
  const std::string flat = p_dict({{"enc.a.w", one()}, {"enc.a.v", one()}, {"dec.w", one()}});
  EXPECT_EQ(names_of(read_object(flat, {.key = "enc.a"})), (Names{"v", "w"}));
  EXPECT_EQ(names_of(read_object(p_dict({{"s", flat}}), {.key = "s.enc"})), (Names{"a.v", "a.w"}));
}

TEST(TorchStateDict, AnUnknownKeyListsWhatIsThere) {
  const auto fails = [](const std::string& object, const std::string& key, const std::string& why) {
    return throws<UsageError>([&] { read_object(object, {.key = key}); }, why);
  };
  const std::string object = p_dict({{"epoch", p_int(3)},
                                     {"state_dict", p_dict({{"w", one()}})},
                                     {"deep", p_dict({{"er", p_dict({{"w", one()}})}})}});
  EXPECT_TRUE(fails(object, "ema", "weights key ema: is not there; there is state_dict, deep.er"));
  EXPECT_TRUE(fails(object, "epoch", "weights key epoch: holds no tensors"));
  EXPECT_TRUE(fails(object, "deep", "weights key deep: holds no tensors"));
  EXPECT_TRUE(fails(p_dict({{"enc.w", one()}}), "dec", "there is enc"));
}

TEST(TorchStateDict, OnlyWhatDependsOnAnUnknownNameIsRefused) {
  for (const char* file : {"objects_zip.pth", "objects_legacy.pth"}) {
    const StateDict dict = read(golden(file));
    EXPECT_EQ(names_of(dict), (Names{"annotated", "good", "parameter"})) << file;
    EXPECT_TRUE(same(dict.tensors.at("annotated"), ramp(9, {3})));
    ASSERT_EQ(dict.refused.size(), 2U);
    EXPECT_EQ(dict.refused.at("odd"), "asks for __builtin__.eval, which strata never calls");
    EXPECT_NE(dict.refused.at("sparse").find("torch._utils._rebuild_sparse_tensor"),
              std::string::npos);
  }
}

TEST(TorchStateDict, WithoutOneTheFilesContentsAreNamed) {
  const auto fails = [](const std::string& object, const std::string& why) {
    return throws<InputError>([&] { read_object(object); }, why);
  };
  EXPECT_TRUE(fails(p_dict({{"epoch", p_int(3)}, {"model", p_call(p_global("nets", "Net"), ")")}}),
                    "epoch (a whole number), model (asks for nets.Net, which strata never calls)"));
  EXPECT_TRUE(fails(p_int(3), "its top level is a whole number"));
  EXPECT_TRUE(fails(p_call(p_global("posix", "system"), p_tuple({p_text("true")})),
                    "its top level asks for posix.system, which strata never calls"));
  for (const char* file : {"module_zip.pth", "module_legacy.pth"}) {
    EXPECT_TRUE(throws<InputError>([&] { read(golden(file)); }, "asks for __main__.Net"));
    EXPECT_TRUE(throws<InputError>([&] { read(golden(file)); }, "model.state_dict()"));
  }
}

TEST(TorchStateDict, ViewsOfOneStorageShareItsMemory) {
  for (const char* file : {"views_zip.pth", "views_legacy.pth"}) {
    const auto tensors = read(golden(file)).tensors;
    const at::Tensor base = ramp(2, {6, 8});
    EXPECT_TRUE(same(tensors.at("base"), base)) << file;
    EXPECT_TRUE(same(tensors.at("transposed"), base.t()));
    EXPECT_TRUE(same(tensors.at("rows"), base.slice(0, 2, 4)));
    EXPECT_TRUE(same(tensors.at("columns"), base.slice(1, 1, 8, 3)));
    EXPECT_TRUE(same(tensors.at("scalar"), base[5][7]));
    EXPECT_TRUE(same(tensors.at("empty"), base.slice(0, 0, 0)));
    EXPECT_TRUE(same(tensors.at("expanded"), ramp(3, {1}).expand({5, 3})));
    EXPECT_TRUE(same(tensors.at("channels_last"), ramp(4, {2, 3, 2, 2})));
    EXPECT_TRUE(tensors.at("channels_last").is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_EQ(tensors.at("rows").data_ptr<float>(), tensors.at("base").data_ptr<float>() + 16);
  }
}

TEST(TorchStateDict, AViewOfAViewOfAStorageBeginsWhereBothSay) {
  const std::string storage =
      p_tuple({p_text("storage"), p_global("torch", "ShortStorage"), p_text("k"), p_text("cpu"),
               p_int(6), p_tuple({p_text("v"), p_int(2), p_int(3)})}) +
      "Q";
  const TemporaryFolder folder;
  write_file(folder / "a.pth",
             legacy_bytes(p_dict({{"w", p_tensor(storage, 1, {2}, {1})}}),
                          {{"k", 6, std::string("\0\0\1\0\2\0\3\0\4\0\5\0", 12)}}));
  EXPECT_TRUE(same(read(folder / "a.pth").tensors.at("w"), at::tensor({3, 4}, at::kShort)));
}

TEST(TorchStateDict, KeepsEveryTypeAndRefusesTheOthersByName) {
  const StateDict dict = read(golden("dtypes_zip.pth"));
  const std::vector<std::pair<const char*, at::ScalarType>> types = {
      {"f64", at::kDouble}, {"f32", at::kFloat}, {"f16", at::kHalf},  {"bf16", at::kBFloat16},
      {"i64", at::kLong},   {"i32", at::kInt},   {"i16", at::kShort}, {"i8", at::kChar}};
  for (const auto& [name, type] : types) {
    EXPECT_TRUE(same(dict.tensors.at(name), ramp(5, {3, 5}, type))) << name;
  }
  EXPECT_TRUE(same(dict.tensors.at("u8"), at::arange(250, 256, at::kByte)));
  EXPECT_TRUE(same(dict.tensors.at("bool"), at::tensor({1, 0, 1, 1}).to(at::kBool)));
  EXPECT_EQ(dict.tensors.at("u16").scalar_type(), at::kUInt16);
  EXPECT_EQ(dict.tensors.at("u16").to(at::kInt)[2].item<int>(), 65535);
  EXPECT_EQ(dict.refused.at("c64"), "has dtype complex64, which is not supported");
  EXPECT_EQ(dict.refused.at("f8"), "has dtype float8_e4m3fn, which is not supported");
}

TEST(TorchStateDict, ViewsThatRepeatOneElementWithoutEndAreRefused) {
  const std::string huge =
      p_tensor(p_storage("ByteStorage", "k", 1), 0, {1 << 20, 1 << 20}, {0, 0});
  EXPECT_TRUE(throws<InputError>([&] { read_object(p_dict({{"w", huge}})); }, "w would unpack to"));
}

TEST(TorchStateDict, MappingsThatHoldEachOtherDoNotMakeTheSearchEndless) {
  // Two thousand names for one mapping of forty thousand entries.
  std::string large = "}(";
  for (int i = 0; i < 40'000; ++i) large += p_text("a") + "N";
  std::string object = "}(" + p_text("a") + large + "uq" + std::string("\0", 1);
  for (int i = 0; i < 2000; ++i) object += p_text("b") + "h" + std::string("\0", 1);
  EXPECT_TRUE(throws<InputError>([&] { read_object(object + "u"); }, "too many mappings"));
}

}  // namespace
}  // namespace strata::weights

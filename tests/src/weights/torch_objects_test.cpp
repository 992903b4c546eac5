#include "weights/torch_objects.hpp"

#include "base/error.hpp"
#include "files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::throws;

/// A value's pickle with what reads it.
struct Parsed {
  explicit Parsed(const std::string& value) : source("file", "", bytes_of(pickled(value))) {
    ByteReader reader(source);
    pickle = read_pickle(reader);
  }
  static std::vector<std::byte> bytes_of(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
  }
  auto tensor() const { return objects.tensor(pickle.root(), "w"); }
  /// The tensor; fails the test where there is none.
  TensorView view() const {
    const auto made = tensor();
    if (const auto* const view = std::get_if<TensorView>(&made)) return *view;
    ADD_FAILURE() << "no tensor: " << why();
    return {};
  }
  std::string why() const {
    const auto made = tensor();
    const auto* const refusal = std::get_if<Refusal>(&made);
    return refusal == nullptr ? "" : refusal->why;
  }
  bool is_other_data() const {
    const auto made = tensor();
    return std::holds_alternative<NoTensor>(made);
  }
  std::string described() const { return objects.describe(pickle.root()); }

  MemorySource source;
  Pickle pickle;
  TorchObjects objects{pickle, source};
};

::testing::AssertionResult refuses(const std::string& value, const std::string& why) {
  const Parsed parsed(value);
  return throws<InputError>([&] { (void)parsed.tensor(); }, why);
}

const std::string kFloats = p_storage("FloatStorage", "0", 12);
const std::string kTensor = p_tensor(kFloats, 2, {2, 3}, {4, 1});
const std::string kUnknown = p_call(p_global("numpy", "array"), p_tuple({}));

std::string wrapped(std::string_view module,
                    std::string_view function,
                    const std::vector<std::string>& arguments) {
  return p_call(p_global(module, function), p_tuple(arguments));
}

TEST(TorchObjects, ReadsATensorsPlaceInItsStorage) {
  const TensorView view = Parsed(kTensor).view();
  EXPECT_EQ(view.storage.key, "0");
  EXPECT_EQ(view.storage.elements, 12);
  EXPECT_EQ(view.storage.bytes(), 48);
  EXPECT_EQ(view.type, at::kFloat);
  EXPECT_EQ(view.offset, 2);
  EXPECT_EQ(view.sizes, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(view.strides, (std::vector<int64_t>{4, 1}));
}

TEST(TorchObjects, KnowsTheStoragesOfEveryType) {
  const std::vector<std::pair<const char*, at::ScalarType>> types = {
      {"DoubleStorage", at::kDouble},     {"FloatStorage", at::kFloat}, {"HalfStorage", at::kHalf},
      {"BFloat16Storage", at::kBFloat16}, {"LongStorage", at::kLong},   {"IntStorage", at::kInt},
      {"ShortStorage", at::kShort},       {"CharStorage", at::kChar},   {"ByteStorage", at::kByte},
      {"BoolStorage", at::kBool}};
  for (const auto& [name, type] : types) {
    EXPECT_EQ(Parsed(p_tensor(p_storage(name, "0", 1), 0, {1}, {1})).view().type, type);
  }
  for (const char* name : {"ComplexFloatStorage", "ComplexDoubleStorage", "QUInt8Storage"}) {
    const Parsed parsed(p_tensor(p_storage(name, "0", 1), 0, {1}, {1}));
    EXPECT_NE(parsed.why().find("not supported"), std::string::npos) << name;
  }
  EXPECT_NE(Parsed(p_tensor(p_storage("OddStorage", "0", 1), 0, {1}, {1})).why().find("storage"),
            std::string::npos);
}

TEST(TorchObjects, LooksThroughParametersAndTensorsWithAttributes) {
  const std::string parameter = wrapped("torch._utils", "_rebuild_parameter", {kTensor, "N", "N"});
  const std::string annotated = wrapped(
      "torch._tensor", "_rebuild_from_type_v2",
      {p_global("torch._utils", "_rebuild_tensor_v2"), p_global("torch.nn.parameter", "Parameter"),
       p_tuple({kFloats, p_int(2), p_ints({2, 3}), p_ints({4, 1})}), "}"});
  const std::string annotated_parameter =
      wrapped("torch._tensor", "_rebuild_from_type_v2",
              {p_global("torch._utils", "_rebuild_parameter"),
               p_global("torch.nn.parameter", "Parameter"), p_tuple({kTensor, "N", "N"}), "}"});
  for (const std::string& value :
       {parameter, annotated, annotated_parameter,
        wrapped("torch._utils", "_rebuild_parameter_with_state", {kTensor, "N", "N", "}"}),
        wrapped("torch._utils", "_rebuild_tensor",
                {kFloats, p_int(2), p_ints({2, 3}), p_ints({4, 1})})}) {
    EXPECT_EQ(Parsed(value).view().sizes, (std::vector<int64_t>{2, 3}));
  }
}

TEST(TorchObjects, TheThirdRebuildNamesItsDtype) {
  const auto third = [](const std::string& storage, const char* dtype) {
    return wrapped(
        "torch._utils", "_rebuild_tensor_v3",
        {storage, p_int(1), p_ints({2}), p_ints({1}), "\x89", "N", p_global("torch", dtype)});
  };
  const std::string bytes = p_tuple({p_text("storage"), p_global("torch.storage", "UntypedStorage"),
                                     p_text("1"), p_text("cpu"), p_int(6)}) +
                            "Q";
  EXPECT_EQ(Parsed(third(bytes, "uint16")).view().type, at::kUInt16);
  EXPECT_TRUE(refuses(third(bytes, "uint32"), "do not lie inside its storage of 1"));
  EXPECT_NE(Parsed(third(bytes, "float8_e4m3fn")).why().find("float8"), std::string::npos);
  EXPECT_NE(Parsed(third(bytes, "float7")).why().find("unknown dtype"), std::string::npos);
  EXPECT_TRUE(refuses(p_tensor(bytes, 0, {1}, {1}), "without a type"));
}

TEST(TorchObjects, ATensorThatDependsOnAnUnknownNameIsRefusedWithIt) {
  const std::string why = "asks for numpy.array, which strata never calls";
  EXPECT_EQ(Parsed(kUnknown).why(), why);
  EXPECT_EQ(Parsed(p_tensor(kUnknown, 0, {1}, {1})).why(), why);
  EXPECT_EQ(Parsed(wrapped("torch._utils", "_rebuild_tensor_v2",
                           {kFloats, p_int(0), kUnknown, p_ints({1})}))
                .why(),
            why);
  EXPECT_EQ(
      Parsed(wrapped("torch._tensor", "_rebuild_from_type_v2",
                     {p_global("torch._utils", "_rebuild_tensor_v2"), p_global("fancy", "Tensor"),
                      p_tuple({kFloats, p_int(0), p_ints({1}), p_ints({1})}), "}"}))
          .why(),
      "asks for torch._tensor._rebuild_from_type_v2, which strata never calls");
}

TEST(TorchObjects, OtherDataIsNoTensor) {
  for (const std::string& value :
       {p_int(3), p_text("a"), std::string("N"), p_dict({}), p_ints({1, 2}), kFloats,
        p_global("os", "system"), wrapped("torch", "Size", {p_ints({1})}),
        wrapped("torch", "device", {p_text("cpu")}), wrapped("collections", "OrderedDict", {})}) {
    EXPECT_TRUE(Parsed(value).is_other_data());
  }
}

TEST(TorchObjects, SizesMayBeATorchSize) {
  const std::string size = wrapped("torch", "Size", {p_ints({2})});
  EXPECT_EQ(
      Parsed(wrapped("torch._utils", "_rebuild_tensor", {kFloats, p_int(0), size, p_ints({1})}))
          .view()
          .sizes,
      std::vector<int64_t>{2});
}

TEST(TorchObjects, ViewsBeyondTheirStorageAreDamage) {
  EXPECT_TRUE(refuses(p_tensor(kFloats, 0, {13}, {1}), "tensor w: 13 numbers from 0 on"));
  EXPECT_TRUE(refuses(p_tensor(kFloats, 12, {1}, {1}), "do not lie inside"));
  EXPECT_TRUE(refuses(p_tensor(kFloats, -1, {1}, {1}), "do not lie inside"));
  EXPECT_TRUE(refuses(p_tensor(kFloats, 11, {2}, {-1}), "do not lie inside"));
  EXPECT_TRUE(refuses(p_tensor(kFloats, 0, {2}, {INT64_MAX}), "do not lie inside"));
  EXPECT_TRUE(refuses(p_tensor(kFloats, 0, {INT64_MAX, 3}, {0, 0}), "do not lie inside"));
  EXPECT_TRUE(refuses(p_tensor(kFloats, 0, {-1}, {1}), "do not lie inside"));
  EXPECT_TRUE(refuses(p_tensor(kFloats, 0, {2}, {1, 1}), "do not lie inside"));
  EXPECT_TRUE(
      refuses(p_tensor(kFloats, 0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1)),
              "no numbers"));
  EXPECT_TRUE(refuses(wrapped("torch._utils", "_rebuild_tensor_v2", {kFloats}), "too few"));
  EXPECT_TRUE(refuses(wrapped("torch._utils", "_rebuild_tensor_v2",
                              {kFloats, p_text("0"), p_ints({1}), p_ints({1})}),
                      "no numbers"));
}

TEST(TorchObjects, StoragesOfImpossibleSizeAreDamage) {
  EXPECT_TRUE(refuses(p_tensor(p_storage("FloatStorage", "0", -1), 0, {0}, {1}), "impossible"));
  EXPECT_TRUE(
      refuses(p_tensor(p_storage("FloatStorage", "0", INT64_MAX), 0, {1}, {1}), "impossible"));
}

TEST(TorchObjects, AStorageMayBeAViewOfAnother) {
  const auto storage = [](int64_t begin, int64_t count) {
    return p_tuple({p_text("storage"), p_global("torch", "FloatStorage"), p_text("0"),
                    p_text("cpu"), p_int(12), p_tuple({p_text("1"), p_int(begin), p_int(count)})}) +
           "Q";
  };
  const TensorView view = Parsed(p_tensor(storage(4, 6), 1, {5}, {1})).view();
  EXPECT_EQ(view.storage.begin, 4);
  EXPECT_EQ(view.storage.count, 6);
  EXPECT_TRUE(refuses(p_tensor(storage(4, 6), 2, {5}, {1}), "its storage of 6"));
  for (const auto& [begin, count] : std::vector<std::pair<int64_t, int64_t>>{
           {-1, 2}, {13, 0}, {4, 9}, {0, -1}, {2, INT64_MAX}}) {
    EXPECT_TRUE(refuses(p_tensor(storage(begin, count), 0, {0}, {1}), "does not lie inside it"));
  }
}

TEST(TorchObjects, MappingsAreDictsOfAnyMake) {
  const auto items = [](const std::string& value) {
    const Parsed parsed(value);
    return parsed.objects.mapping(parsed.pickle.root()).value_or(Items{}).size();
  };
  const std::string pair = p_text("a") + p_int(1);
  EXPECT_EQ(items("}(" + pair + "u"), 1U);
  EXPECT_EQ(items(wrapped("collections", "OrderedDict", {}) + "(" + pair + pair + "u"), 2U);
  EXPECT_EQ(
      items(wrapped("collections", "defaultdict", {p_global("builtins", "list")}) + pair + "s"),
      1U);
  // Python 2 gives the items as a list of pairs.
  EXPECT_EQ(items(wrapped("collections", "OrderedDict", {"](](" + pair + "ee"})), 1U);
  EXPECT_EQ(items(kUnknown + pair + "s"), 0U);
}

TEST(TorchObjects, AValueThatWrapsItselfEnds) {
  // _rebuild_parameter whose argument is a list that holds ... itself.
  const std::string loop =
      "](" + p_global("torch._utils", "_rebuild_parameter") + "]q\x05h\x05" + "ah\x05R" + "e";
  EXPECT_TRUE(Parsed(loop).is_other_data());
  const std::string self = "]q\x05" + p_global("torch._utils", "_rebuild_parameter") +
                           "h\x05Rq\x06" + "0h\x06" + "a0h\x06";
  EXPECT_NE(Parsed(self).why().find("_rebuild_parameter"), std::string::npos);
}

TEST(TorchObjects, DescribesValuesForMessages) {
  EXPECT_EQ(Parsed(p_int(1)).described(), "a whole number");
  EXPECT_EQ(Parsed(p_dict({})).described(), "a mapping");
  EXPECT_EQ(Parsed(kTensor).described(), "a tensor");
  EXPECT_EQ(Parsed(p_call(p_global("copy_reg", "_reconstructor"),
                          p_tuple({p_global("nets", "Net"), p_global("builtins", "object"), "N"})))
                .described(),
            "asks for nets.Net, which strata never calls");
  EXPECT_EQ(Parsed(p_global("a\x1b[1m", "b")).described(), "the name a?[1m.b");
}

}  // namespace
}  // namespace strata::weights

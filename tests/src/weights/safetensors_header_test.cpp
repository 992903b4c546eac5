#include "base/error.hpp"
#include "files.hpp"
#include "testing/testing.hpp"
#include "weights/safetensors.hpp"

#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::throws;

MemorySource source_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {"file", "", {bytes.begin(), bytes.end()}};
}

SafetensorsHeader parse(const std::string& header, size_t data) {
  return read_safetensors_header(source_of(safetensors_bytes(header, std::string(data, '\0'))));
}

::testing::AssertionResult refuses(const std::string& header, size_t data, const std::string& why) {
  return throws<InputError>([&] { parse(header, data); }, why);
}

TEST(SafetensorsHeader, ReadsTensorsAndMetadata) {
  const SafetensorsHeader header = parse(R"({"__metadata__":{"format":"pt","note":"größe"},
               "b":{"dtype":"F32","shape":[2,3],"data_offsets":[2,26]},
               "a":{"shape":[],"data_offsets":[0,2],"dtype":"BF16"},
               "empty":{"dtype":"I64","shape":[0,5],"data_offsets":[26,26]}}   )",
                                         26);
  EXPECT_EQ(header.metadata.at("note"), "größe");
  ASSERT_EQ(header.entries.size(), 3U);
  EXPECT_EQ(header.entries.at("a").type->type, at::kBFloat16);
  EXPECT_TRUE(header.entries.at("a").shape.empty());
  EXPECT_EQ(header.entries.at("b").shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(header.entries.at("b").begin, 2U);
  EXPECT_EQ(header.entries.at("empty").end, 26U);
}

TEST(SafetensorsHeader, ALengthBeyondTheFileIsNamed) {
  for (const uint64_t lie : {uint64_t{100}, uint64_t{1} << 40U, UINT64_MAX, UINT64_MAX - 7}) {
    EXPECT_TRUE(throws<InputError>(
        [&] { read_safetensors_header(source_of(little(lie, 8) + "{}")); }, "but only 2 follow"));
  }
  EXPECT_TRUE(throws<InputError>([&] { read_safetensors_header(source_of("abc")); }, "too early"));
}

TEST(SafetensorsHeader, RefusesDataOfAnotherSizeThanItSays) {
  const std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_NO_THROW(parse(header, 8));
  EXPECT_TRUE(refuses(header, 7, "holds 7 bytes of tensors, but its header says 8"));
  EXPECT_TRUE(refuses(header, 9, "holds 9 bytes of tensors, but its header says 8"));
}

TEST(SafetensorsHeader, RefusesShapesThatDoNotFitTheirBytes) {
  const auto entry = [](const char* dtype, const char* shape, const char* offsets) {
    return std::string(R"({"a":{"dtype":")") + dtype + R"(","shape":)" + shape +
           R"(,"data_offsets":)" + offsets + "}}";
  };
  EXPECT_NO_THROW(parse(entry("F32", "[2]", "[0,8]"), 8));
  EXPECT_TRUE(refuses(entry("F32", "[3]", "[0,8]"), 8, "a: bytes 0 to 8 do not hold 3 F32"));
  EXPECT_TRUE(refuses(entry("F32", "[2]", "[8,0]"), 8, "bytes 8 to 0"));
  EXPECT_TRUE(refuses(entry("F32", "[9223372036854775807,2]", "[0,8]"), 8, "do not hold"));
  EXPECT_TRUE(refuses(entry("F32", "[4611686018427387904,4]", "[0,0]"), 0, "do not hold"));
  EXPECT_TRUE(refuses(entry("F64", "[2305843009213693952]", "[0,0]"), 0, "do not hold"));
  EXPECT_TRUE(refuses(entry("F32", "[18446744073709551615]", "[0,8]"), 8, "too large"));
  EXPECT_TRUE(refuses(entry("F32", "[-2]", "[0,8]"), 8, "a negative number"));
  EXPECT_TRUE(refuses(entry("F32", "[2.0]", "[0,8]"), 8, "not whole"));
  EXPECT_TRUE(refuses(entry("F32", "[1e99]", "[0,8]"), 8, "not whole"));
  EXPECT_TRUE(refuses(entry("F32", "[2]", "[0]"), 8, "two numbers"));
  EXPECT_TRUE(refuses(entry("F33", "[2]", "[0,8]"), 8, "unknown dtype \"F33\""));
  EXPECT_TRUE(refuses(entry("F32", "2", "[0,8]"), 8, "a number where none belongs"));
  EXPECT_TRUE(refuses(entry("F32", "[[2]]", "[0,8]"), 8, "a list where none belongs"));
}

TEST(SafetensorsHeader, TensorsMustNeitherOverlapNorLeaveHoles) {
  const auto two = [](const char* first, const char* second) {
    return std::string(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)") + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  EXPECT_NO_THROW(parse(two("[4,8]", "[0,4]"), 8));
  EXPECT_TRUE(refuses(two("[0,4]", "[2,6]"), 6, "b overlaps"));
  EXPECT_TRUE(refuses(two("[0,4]", "[0,4]"), 4, "b overlaps"));
  EXPECT_TRUE(refuses(two("[0,4]", "[6,10]"), 10, "b leaves a hole"));
  EXPECT_TRUE(refuses(two("[2,6]", "[6,10]"), 10, "a leaves a hole"));
}

TEST(SafetensorsHeader, RefusesWhatIsNotOfItsForm) {
  EXPECT_TRUE(refuses("{", 0, "not JSON"));
  EXPECT_TRUE(refuses("{}x", 0, "not JSON"));
  EXPECT_TRUE(refuses("[]", 0, "a list"));
  EXPECT_TRUE(refuses("1", 0, "a number"));
  EXPECT_TRUE(refuses(R"({"a":1})", 0, "a: a number"));
  EXPECT_TRUE(refuses(R"({"a":null})", 0, "a: null"));
  EXPECT_TRUE(refuses(R"({"a":{}})", 0, "needs dtype, shape and data_offsets"));
  EXPECT_TRUE(refuses(R"({"a":{"x":1}})", 0, "unknown field \"x\""));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":["F32"]}})", 0, "a list"));
  EXPECT_TRUE(refuses(R"({"__metadata__":{"a":1}})", 0, "__metadata__: a number"));
  EXPECT_TRUE(refuses(R"({"__metadata__":{"a":{}}})", 0, "a mapping"));
  EXPECT_TRUE(refuses("{\"\xff\":{}}", 0, "not JSON"));
}

TEST(SafetensorsHeader, ANameThatOccursTwiceIsRefused) {
  const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_TRUE(refuses(R"({"a":)" + entry + R"(,"a":)" + entry + "}", 0, "a occurs twice"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"U8","dtype":"U8"}})", 0, "\"dtype\" occurs twice"));
  EXPECT_TRUE(refuses(R"({"__metadata__":{},"__metadata__":{}})", 0, "occurs twice"));
}

TEST(SafetensorsHeader, DeepOrEndlessNestingIsRefusedAtOnce) {
  EXPECT_TRUE(refuses(std::string(1'000'000, '['), 0, "a list"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"shape":)";
  EXPECT_TRUE(refuses(deep, 0, "shape: a mapping where none belongs"));
  std::string wide = R"({"a":{"shape":[1)";
  for (int i = 0; i < 100'000; ++i) wide += ",1";
  EXPECT_TRUE(refuses(wide, 0, "more than 64"));
}

TEST(SafetensorsHeader, TypesAreKnownBothWays) {
  EXPECT_EQ(safetensors_type("F16")->type, at::kHalf);
  EXPECT_EQ(safetensors_type(at::kBool)->name, "BOOL");
  EXPECT_EQ(safetensors_type("F8_E4M3")->type, std::nullopt);
  EXPECT_EQ(safetensors_type("f32"), nullptr);
  EXPECT_EQ(safetensors_type(at::kComplexFloat), nullptr);
}

}  // namespace
}  // namespace strata::weights

#include "weights/byte_reader.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::throws;

MemorySource source_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {"file", "", {bytes.begin(), bytes.end()}};
}

TEST(ByteReader, ReadsNumbersTextAndLinesInTurn) {
  const MemorySource source =
      source_of(std::string_view("\x07\x01\x02\xff\xff\xff\xff"
                                 "textline\n\n.",
                                 18));
  ByteReader reader(source);
  EXPECT_EQ(reader.byte(), 7);
  EXPECT_EQ(reader.little<uint16_t>(), 0x0201);
  EXPECT_EQ(reader.little<int32_t>(), -1);
  EXPECT_EQ(reader.text(4), "text");
  EXPECT_EQ(reader.line(10), "line");
  EXPECT_EQ(reader.line(10), "");
  EXPECT_EQ(reader.position(), 17U);
  EXPECT_EQ(reader.byte(), '.');
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, ReadsTheSameAcrossItsBufferHoweverItIsAsked) {
  std::string text(100'000, ' ');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 % 253);
  const MemorySource source = source_of(text);
  for (const uint64_t step : {1U, 3U, 1000U, 16384U, 16385U, 40000U}) {
    ByteReader reader(source, 5);
    std::string all;
    while (reader.remaining() > 0) {
      const uint64_t count = std::min<uint64_t>(step, reader.remaining());
      all += reader.text(count);
      const uint64_t skipped = std::min<uint64_t>(step / 2, reader.remaining());
      all += text.substr(reader.position(), skipped);
      reader.skip(skipped);
    }
    EXPECT_EQ(all, text.substr(5)) << step;
  }
}

TEST(ByteReader, SaysWhereTheDataEnd) {
  const MemorySource source = source_of("abcdef");
  ByteReader reader(source);
  reader.skip(4);
  EXPECT_TRUE(throws<InputError>([&] { reader.little<uint64_t>(); },
                                 "file: byte 4: the data end 6 bytes too early"));
  EXPECT_TRUE(throws<InputError>([&] { reader.text(UINT64_MAX); }, "byte 4"));
  EXPECT_TRUE(throws<InputError>([&] { reader.skip(UINT64_MAX - 2); }, "byte 4"));
  EXPECT_TRUE(throws<InputError>([&] { reader.line(10); }, "too early"));
  ByteReader short_line(source);
  EXPECT_TRUE(throws<InputError>([&] { short_line.line(2); }, "more than 2 bytes"));
}

}  // namespace
}  // namespace strata::weights

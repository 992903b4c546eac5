#include "weights/pickle.hpp"

#include "base/error.hpp"
#include "files.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::throws;

Pickle parse(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  const MemorySource source("file", "", {bytes.begin(), bytes.end()});
  ByteReader reader(source);
  return read_pickle(reader);
}

/// The value as text, for comparison: [1, 'a', (2.5,)]. Values within values to a depth of four.
std::string shown(const Pickle& pickle, ValueId id, int depth = 4) {
  if (depth == 0) return "...";
  const auto list = [&](const std::vector<ValueId>& items) {
    std::string out;
    for (const ValueId item : items) {
      out += (out.empty() ? "" : ", ") + shown(pickle, item, depth - 1);
    }
    return out;
  };
  const auto pairs = [&](const std::vector<std::pair<ValueId, ValueId>>& items) {
    std::string out = "{";
    for (const auto& [key, value] : items) {
      out += (out == "{" ? "" : ", ") + shown(pickle, key, depth - 1) + ": " +
             shown(pickle, value, depth - 1);
    }
    return out + "}";
  };
  if (pickle.get<None>(id) != nullptr) return "None";
  if (const auto* value = pickle.get<bool>(id)) return *value ? "True" : "False";
  if (const auto* value = pickle.get<int64_t>(id)) return std::to_string(*value);
  if (const auto* value = pickle.get<double>(id)) return "float " + std::to_string(*value);
  if (const auto* value = pickle.get<Text>(id)) return "'" + value->text + "'";
  if (const auto* value = pickle.get<Bytes>(id)) return std::to_string(value->size) + " bytes";
  if (const auto* value = pickle.get<BigInteger>(id)) {
    return "integer of " + std::to_string(value->bytes.size()) + " bytes";
  }
  if (const auto* value = pickle.get<Sequence>(id)) {
    const char* marks[] = {"[]", "()", "<>"};
    const char* mark = marks[static_cast<int>(value->kind)];
    return mark[0] + list(value->items) + mark[1];
  }
  if (const auto* value = pickle.get<Mapping>(id)) return pairs(value->items);
  if (const auto* value = pickle.get<Global>(id)) return value->name;
  if (const auto* value = pickle.get<Call>(id)) {
    return "call " + shown(pickle, value->callable, depth - 1) +
           shown(pickle, value->arguments, depth - 1) +
           (value->items.empty() ? "" : pairs(value->items));
  }
  return "persistent " + shown(pickle, pickle.get<Persistent>(id)->id, depth - 1);
}

std::string shown(const std::string& bytes) {
  const Pickle pickle = parse(bytes);
  return shown(pickle, pickle.root());
}

::testing::AssertionResult refuses(const std::string& bytes, const std::string& why) {
  return throws<InputError>([&] { parse(bytes); }, why);
}

std::string bytes_of(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

TEST(Pickle, ReadsNumbersOfEveryForm) {
  EXPECT_EQ(shown("(NI01\nI00\n\x88\x89t."), "(None, True, False, True, False)");
  EXPECT_EQ(shown("(K\xffM\x01\x02J\xfe\xff\xff\xffI-12\nL34L\nt."), "(255, 513, -2, -12, 34)");
  EXPECT_EQ(shown("(" + bytes_of({0x8a, 0, 0x8a, 1, 0xff, 0x8a, 2, 0xff, 0}) + "t."),
            "(0, -1, 255)");
  EXPECT_EQ(shown(p_int(INT64_MIN) + "."), std::to_string(INT64_MIN));
  EXPECT_EQ(shown(bytes_of({0x8b, 2, 0, 0, 0, 0, 0x80}) + "."), "-32768");
  EXPECT_EQ(shown("\x8a\x0a" + std::string(10, '\x01') + "."), "integer of 10 bytes");
  EXPECT_EQ(shown("L99999999999999999999L\n."), "integer of 0 bytes");
  EXPECT_EQ(shown("F-1.5\n."), "float -1.500000");
  EXPECT_EQ(shown("G\x40\x09\x21\xfb\x54\x44\x2d\x18."), "float 3.141593");
}

TEST(Pickle, ReadsTextAndBytesOfEveryForm) {
  EXPECT_EQ(shown("(X\x02" + bytes_of({0, 0, 0}) + "abVcd\nS'ef'\nS\"gh\"\nU\x02ijt."),
            "('ab', 'cd', 'ef', 'gh', 'ij')");
  EXPECT_EQ(shown(bytes_of({0x8c, 2}) + "kl."), "'kl'");
  EXPECT_EQ(shown("\x8d" + little(2, 8) + "mn."), "'mn'");
  EXPECT_EQ(shown("T" + little(2, 4) + "op."), "'op'");
  EXPECT_EQ(shown("(C\x02"
                  "abB" +
                  little(1, 4) + "c\x8e" + little(3, 8) + "def\x96" + little(0, 8) + "t."),
            "(2 bytes, 1 bytes, 3 bytes, 0 bytes)");
}

TEST(Pickle, TextThatNoNameHasCountsAsBytes) {
  EXPECT_EQ(shown("(U\x01\xffS'a\\n'\nV\\u0041\nt."), "(1 bytes, 3 bytes, 6 bytes)");
  EXPECT_EQ(shown("X" + little(70'000, 4) + std::string(70'000, 'a') + "."), "70000 bytes");
}

TEST(Pickle, BuildsListsTuplesSetsAndMappings) {
  EXPECT_EQ(shown("](K\x01K\x02"
                  "eK\x03"
                  "a."),
            "[1, 2, 3]");
  EXPECT_EQ(shown("(K\x01K\x02l."), "[1, 2]");
  EXPECT_EQ(shown("K\x01K\x02K\x03\x87\x85K\x04\x86."), "(((1, 2, 3)), 4)");
  EXPECT_EQ(shown(")."), "()");
  EXPECT_EQ(shown("\x8f(K\x01\x90."), "<1>");
  EXPECT_EQ(shown("(K\x01\x91."), "<1>");
  EXPECT_EQ(shown("}(K\x01K\x02K\x03K\x04uK\x05Ns."), "{1: 2, 3: 4, 5: None}");
  EXPECT_EQ(shown("(K\x01K\x02"
                  "d."),
            "{1: 2}");
}

TEST(Pickle, MovesValuesOnTheStackAndThroughTheMemo) {
  EXPECT_EQ(shown("K\x01K\x02"
                  "02\x86."),
            "(1, 1)");
  EXPECT_EQ(shown("K\x01(K\x02K\x03"
                  "1."),
            "1");
  EXPECT_EQ(shown("K\x01(0."), "1");
  EXPECT_EQ(shown("(K\x01q\x05K\x02r" + little(70'000, 4) + "K\x03p12\nh\x05j" + little(70'000, 4) +
                  "g12\nt."),
            "(1, 2, 3, 1, 2, 3)");
  EXPECT_EQ(
      shown("\x80\x04\x95" + little(9, 8) + "(K\x07\x94K\x08\x94h\x01h" + bytes_of({0}) + "t."),
      "(7, 8, 8, 7)");
}

TEST(Pickle, KeepsCallsAsDataAndCallsNothing) {
  const std::string system = p_global("os", "system");
  EXPECT_EQ(shown(p_call(system, p_tuple({p_text("true")})) + "."), "call os.system('true')");
  EXPECT_EQ(shown("\x8c\x02os\x8c\x06system\x93)\x81."), "call os.system()");
  EXPECT_EQ(shown(system + ")}\x92."), "call os.system()");
  EXPECT_EQ(shown("(K\x01ios\nsystem\n."), "call os.system(1)");
  EXPECT_EQ(shown("(" + system + "K\x01o."), "call os.system(1)");
  EXPECT_EQ(shown(system + ")R}K\x01K\x02sb."), "call os.system()");
  EXPECT_EQ(shown(system + ")RK\x01K\x02s(K\x03K\x04u."), "call os.system(){1: 2, 3: 4}");
  EXPECT_EQ(shown(system + ")RK\x01"
                           "a."),
            "call os.system()");
  EXPECT_EQ(shown("K\x01Q."), "persistent 1");
  EXPECT_EQ(shown("Pabc\n."), "persistent 'abc'");
}

TEST(Pickle, AValueMayHoldItself) {
  EXPECT_EQ(shown("]q" + bytes_of({0}) + "h" + bytes_of({0}) + "a."), "[[[[...]]]]");
}

TEST(Pickle, SaysWhatIsWrongAndWhere) {
  EXPECT_TRUE(refuses("K\x01", "byte 2: the data end 1 bytes too early"));
  EXPECT_TRUE(refuses("", "byte 0"));
  EXPECT_TRUE(refuses(".", "byte 1: a pickle that takes more than it has (stack underflow)"));
  EXPECT_TRUE(refuses("K\x01(.", "stack underflow"));
  EXPECT_TRUE(refuses("K\x01\x86.", "stack underflow"));
  EXPECT_TRUE(refuses("K\x01(\x85.", "stack underflow"));
  EXPECT_TRUE(refuses("t.", "needs a mark"));
  EXPECT_TRUE(refuses("h\x03.", "unknown value 3"));
  EXPECT_TRUE(
      refuses("(K\x01"
              "d.",
              "key that has no value"));
  EXPECT_TRUE(
      refuses("K\x01K\x02"
              "a.",
              "no list"));
  EXPECT_TRUE(
      refuses(")K\x02"
              "a.",
              "no list"));
  EXPECT_TRUE(refuses("]K\x01K\x02s.", "no mapping"));
  EXPECT_TRUE(refuses("K\x01K\x02\x93.", "without text"));
  EXPECT_TRUE(refuses("(o.", "no class"));
  EXPECT_TRUE(
      refuses("X\xff\xff\xff\x7f"
              "abc.",
              "too early"));
  EXPECT_TRUE(
      refuses("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
              "abc.",
              "too early"));
  EXPECT_TRUE(refuses("X" + little(1, 4) + "\xff.", "not UTF-8"));
  EXPECT_TRUE(refuses("I12x\n.", "\"12x\", which is not a whole number"));
  EXPECT_TRUE(refuses("Fx\n.", "not a number"));
  EXPECT_TRUE(refuses("S'abc\n.", "quotation"));
  EXPECT_TRUE(refuses("\x8b" + little(1000, 4), "whole number of 1000 bytes"));
  EXPECT_TRUE(refuses("\x80\x06.", "protocol 6"));
}

TEST(Pickle, RefusesOpcodesThatAreNoData) {
  for (const int opcode : {0x82, 0x83, 0x84, 0x97, 0x98, 0x00, 0xff}) {
    EXPECT_TRUE(refuses(bytes_of({opcode, 1, 0, 0, 0}) + ".", "not among those that hold data"));
  }
}

TEST(Pickle, SharedValuesAreNotMultiplied) {
  // Lists of ten times the list before, twenty deep: 10^20 entries if they were written out.
  std::string bytes = "]q" + bytes_of({0});
  for (int i = 0; i < 20; ++i) {
    bytes += "](";
    for (int j = 0; j < 10; ++j) bytes += "h" + bytes_of({i});
    bytes += "eq" + bytes_of({i + 1});
  }
  EXPECT_LT(parse(bytes + ".").size(), 100U);
}

TEST(Pickle, DeepNestingNeedsNoDepth) {
  std::string bytes(1'000'000, ']');
  bytes += std::string(999'999, 'a') + ".";
  EXPECT_EQ(shown(bytes), "[[[[...]]]]");
  EXPECT_NO_THROW(parse(std::string(100'000, '(') + "K\x01" + std::string(100'000, 't') + "."));
}

TEST(Pickle, StopsAtItsLimits) {
  EXPECT_TRUE(refuses(std::string(4'100'000, ']'), "too many values"));
  EXPECT_TRUE(refuses(std::string(4'100'000, 'N'), "too many values on its stack"));
  EXPECT_TRUE(refuses(std::string(4'100'000, '('), "too many marks"));
  EXPECT_TRUE(refuses("N" + std::string(4'100'000, '\x94'), "remembers too many"));
  EXPECT_TRUE(refuses("I" + std::string(5000, '1') + "\n.", "a line of more than"));
}

}  // namespace
}  // namespace strata::weights

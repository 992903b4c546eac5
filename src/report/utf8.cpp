#include "report/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace strata::report {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Interval {
  char32_t first, last;
};

template <size_t N>
bool contains(const std::array<Interval, N>& intervals, char32_t c) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [c](const Interval& i) { return c >= i.first && c <= i.last; });
}

// The blocks that matter for names of files, classes and layers; not the whole of Unicode's tables.
constexpr std::array<Interval, 7> kZeroWidth = {{{0x0300, 0x036F},
                                                 {0x0483, 0x0489},
                                                 {0x0591, 0x05BD},
                                                 {0x064B, 0x065F},
                                                 {0x200B, 0x200F},
                                                 {0x20D0, 0x20FF},
                                                 {0xFE00, 0xFE0F}}};
constexpr std::array<Interval, 9> kWide = {{{0x1100, 0x115F},
                                            {0x2E80, 0xA4CF},
                                            {0xAC00, 0xD7A3},
                                            {0xF900, 0xFAFF},
                                            {0xFE30, 0xFE6F},
                                            {0xFF00, 0xFF60},
                                            {0xFFE0, 0xFFE6},
                                            {0x1F300, 0x1FAFF},
                                            {0x20000, 0x3FFFD}}};

/// Bytes of the sequence that starts with `lead`, 0 where none does.
size_t sequence_length(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

/// The code point at the start of `text`, kReplacement where the sequence is not valid.
char32_t decode(std::string_view text, size_t length) {
  if (length == 0 || length > text.size()) return kReplacement;
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<uint8_t>(text[i])); };
  if (length == 1) return byte(0);
  char32_t c = byte(0) & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return kReplacement;
    c = (c << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
  const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
  return overlong || surrogate || c > 0x10FFFF ? kReplacement : c;
}

void append(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(static_cast<uint8_t>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0U | (c >> 6U));
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0U | (c >> 12U));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | (c >> 18U));
    put(0x80U | ((c >> 12U) & 0x3FU));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string points;
  while (!text.empty()) {
    const size_t length = sequence_length(static_cast<uint8_t>(text.front()));
    const char32_t c = decode(text, length);
    points += c;
    // A genuine U+FFFD is three bytes of text; a broken sequence costs its first byte only.
    const bool genuine = c != kReplacement || text.substr(0, 3) == "\xEF\xBF\xBD";
    text.remove_prefix(genuine ? length : 1);
  }
  return points;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char32_t c : code_points(text)) {
    append(out, c < 0x20 || (c >= 0x7F && c < 0xA0) ? U' ' : c);
  }
  return out;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (const char32_t c : code_points(text)) {
    width += contains(kZeroWidth, c) ? 0U : contains(kWide, c) ? 2U : 1U;
  }
  return width;
}

}  // namespace strata::report

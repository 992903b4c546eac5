#include "weights/quote.hpp"

#include <cstddef>
#include <cstdint>

namespace strata::weights {
namespace {

/// Bytes of the well-formed character that `text` begins with; 0 if there is none.
size_t character_size(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F) ||
      (first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F)) {
    return 0;
  }
  return size;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t size = character_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

std::string printable(std::string_view text) {
  constexpr size_t kMost = 100;
  std::string out;
  while (!text.empty()) {
    const size_t size = character_size(text);
    if (out.size() + size > kMost) return out + "...";
    const bool control = size == 1 && (static_cast<uint8_t>(text[0]) < 0x20 || text[0] == 0x7F);
    out += size == 0 || control ? "?" : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace strata::weights

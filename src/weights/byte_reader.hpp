#pragma once

#include "weights/byte_source.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace strata::weights {

/// Reads a ByteSource from an offset on, byte after byte, through a buffer. Reading past its end is
/// an InputError that says where.
class ByteReader {
 public:
  explicit ByteReader(const ByteSource& source, uint64_t offset = 0);

  /// Offset of the next byte in the source.
  uint64_t position() const { return buffer_begin_ + next_; }
  uint64_t remaining() const { return source_.size() - position(); }

  uint8_t byte();
  /// A little-endian number.
  template <class T>
  T little() {
    static_assert(std::is_trivially_copyable_v<T> && std::endian::native == std::endian::little);
    T value;
    read(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  void read(std::span<std::byte> bytes);
  /// The next `count` bytes; checked against what is left before memory is taken.
  std::string text(uint64_t count);
  /// Up to the next line feed, which is read and left out; at most `most` bytes.
  std::string line(size_t most);
  void skip(uint64_t count);
  /// An InputError that names the position.
  [[noreturn]] void fail(std::string_view why) const;

 private:
  void need(uint64_t count) const;
  void fill();

  const ByteSource& source_;
  std::array<std::byte, 1U << 14U> buffer_{};
  uint64_t buffer_begin_;
  size_t next_ = 0, filled_ = 0;
};

}  // namespace strata::weights

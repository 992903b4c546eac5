#include "weights/byte_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace strata::weights {

ByteReader::ByteReader(const ByteSource& source, uint64_t offset)
    : source_(source), buffer_begin_(offset) {}

void ByteReader::fail(std::string_view why) const {
  source_.fail(fmt::format("byte {}: {}", position(), why));
}

void ByteReader::need(uint64_t count) const {
  if (count > remaining()) {
    fail(fmt::format("the data end {} bytes too early; the file is damaged or was cut short",
                     count - remaining()));
  }
}

void ByteReader::fill() {
  buffer_begin_ += next_;
  next_ = 0;
  filled_ = static_cast<size_t>(std::min<uint64_t>(buffer_.size(), source_.size() - buffer_begin_));
  source_.read(buffer_begin_, std::span(buffer_.data(), filled_));
}

uint8_t ByteReader::byte() {
  need(1);
  if (next_ == filled_) fill();
  return static_cast<uint8_t>(buffer_[next_++]);
}

void ByteReader::read(std::span<std::byte> bytes) {
  need(bytes.size());
  const size_t buffered = std::min(bytes.size(), filled_ - next_);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(next_), buffered, bytes.begin());
  next_ += buffered;
  bytes = bytes.subspan(buffered);
  if (bytes.size() >= buffer_.size()) {
    source_.read(position(), bytes);
    skip(bytes.size());
  } else if (!bytes.empty()) {
    fill();
    read(bytes);
  }
}

std::string ByteReader::text(uint64_t count) {
  need(count);
  std::string text(static_cast<size_t>(count), '\0');
  read(std::as_writable_bytes(std::span(text)));
  return text;
}

std::string ByteReader::line(size_t most) {
  std::string text;
  for (char c; (c = static_cast<char>(byte())) != '\n';) {
    if (text.size() == most) fail(fmt::format("a line of more than {} bytes", most));
    text += c;
  }
  return text;
}

void ByteReader::skip(uint64_t count) {
  need(count);
  if (count <= filled_ - next_) {
    next_ += static_cast<size_t>(count);
    return;
  }
  buffer_begin_ += next_ + count;
  next_ = filled_ = 0;
}

}  // namespace strata::weights

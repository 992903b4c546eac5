#include "image/tiff_memory.hpp"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>

namespace strata::image {
namespace {

thread_local TiffMessages* listener = nullptr;
TIFFErrorHandler previous_error = nullptr;
TIFFErrorHandler previous_warning = nullptr;

std::string formatted(const char* module, const char* format, va_list arguments) {
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  return (module == nullptr ? "" : std::string(module) + ": ") + text.data();
}

void on_error(const char* module, const char* format, va_list arguments) {
  if (listener == nullptr) {
    if (previous_error != nullptr) previous_error(module, format, arguments);
  } else if (listener->error.empty()) {
    listener->error = formatted(module, format, arguments);
  }
}

void on_warning(const char* module, const char* format, va_list arguments) {
  if (listener == nullptr) {
    if (previous_warning != nullptr) previous_warning(module, format, arguments);
  } else if (listener->reading_pixels && listener->warning.empty()) {
    listener->warning = formatted(module, format, arguments);
  }
}

template <class Stream>
toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  auto& stream = *static_cast<Stream*>(handle);
  if (whence == SEEK_CUR) offset += stream.position;
  if (whence == SEEK_END) offset += stream.bytes.size();
  stream.position = static_cast<size_t>(offset);
  return offset;
}

template <class Stream>
tmsize_t on_read(thandle_t handle, void* target, tmsize_t size) {
  auto& stream = *static_cast<Stream*>(handle);
  if (size <= 0 || stream.position >= stream.bytes.size()) return 0;
  const size_t count = std::min(static_cast<size_t>(size), stream.bytes.size() - stream.position);
  std::memcpy(target, stream.bytes.data() + stream.position, count);
  stream.position += count;
  return static_cast<tmsize_t>(count);
}

template <class Stream>
tmsize_t on_write(thandle_t handle, void* source, tmsize_t size) {
  auto& stream = *static_cast<Stream*>(handle);
  if (size <= 0) return 0;
  const size_t end = stream.position + static_cast<size_t>(size);
  try {
    if (end > stream.bytes.size()) stream.bytes.resize(end);
  } catch (const std::bad_alloc&) {
    return 0;  // an exception must not cross libtiff
  }
  std::memcpy(stream.bytes.data() + stream.position, source, static_cast<size_t>(size));
  stream.position = end;
  return size;
}

tmsize_t refuse_write(thandle_t /*handle*/, void* /*source*/, tmsize_t /*size*/) { return 0; }

int on_close(thandle_t /*handle*/) { return 0; }

template <class Stream>
toff_t on_size(thandle_t handle) {
  return static_cast<Stream*>(handle)->bytes.size();
}

}  // namespace

TiffMessages::TiffMessages() {
  static std::once_flag once;
  std::call_once(once, [] {
    previous_error = TIFFSetErrorHandler(on_error);
    previous_warning = TIFFSetWarningHandler(on_warning);
  });
  listener = this;
}

TiffMessages::~TiffMessages() { listener = nullptr; }

// Mode "m": no memory mapping, everything through on_read, which checks its bounds.
TiffInput::TiffInput(std::span<const std::byte> bytes)
    : stream_(new Stream{bytes}),
      handle_(TIFFClientOpen("",
                             "rm",
                             stream_.get(),
                             on_read<Stream>,
                             refuse_write,
                             on_seek<Stream>,
                             on_close,
                             on_size<Stream>,
                             nullptr,
                             nullptr)) {}

TiffOutput::TiffOutput()
    : stream_(new Stream),
      handle_(TIFFClientOpen("",
                             "wm",
                             stream_.get(),
                             on_read<Stream>,
                             on_write<Stream>,
                             on_seek<Stream>,
                             on_close,
                             on_size<Stream>,
                             nullptr,
                             nullptr)) {}

std::vector<std::byte> TiffOutput::finish() {
  handle_.reset();
  return std::move(stream_->bytes);
}

}  // namespace strata::image

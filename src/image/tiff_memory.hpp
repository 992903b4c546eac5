#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tiffio.h>

namespace strata::image {

struct TiffCloser {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffHandle = std::unique_ptr<TIFF, TiffCloser>;

/// What libtiff says while this object lives, on this thread, instead of printing it. libtiff's
/// handlers are global; while no object lives they pass messages on to those that were there.
class TiffMessages {
 public:
  TiffMessages();
  ~TiffMessages();
  TiffMessages(const TiffMessages&) = delete;
  TiffMessages& operator=(const TiffMessages&) = delete;

  bool any() const { return !error.empty() || !warning.empty(); }

  /// The first error, "" while there is none.
  std::string error;
  /// The first warning about pixels; those about tags are not kept.
  std::string warning;
  bool reading_pixels = false;
};

/// A TIFF in memory, opened for reading; null where libtiff refuses it. `bytes` must outlive it.
class TiffInput {
 public:
  explicit TiffInput(std::span<const std::byte> bytes);
  TIFF* get() const { return handle_.get(); }

 private:
  struct Stream {
    std::span<const std::byte> bytes;
    size_t position = 0;
  };
  std::unique_ptr<Stream> stream_;
  TiffHandle handle_;
};

/// A TIFF written to memory.
class TiffOutput {
 public:
  TiffOutput();
  TIFF* get() const { return handle_.get(); }
  /// Closes the TIFF; the bytes are complete only then.
  std::vector<std::byte> finish();

 private:
  struct Stream {
    std::vector<std::byte> bytes;
    size_t position = 0;
  };
  std::unique_ptr<Stream> stream_;
  TiffHandle handle_;
};

}  // namespace strata::image

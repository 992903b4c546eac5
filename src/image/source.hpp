#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <opencv2/core.hpp>

namespace strata::image {

/// The bytes of an encoded picture while a codec reads them, with what the codecs share.
struct Source {
  std::span<const std::byte> bytes;
  std::string name;        ///< in errors
  int64_t max_pixels = 0;  ///< see DecodeOptions

  const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes.data()); }

  /// Throws InputError "NAME: WHY".
  [[noreturn]] void fail(std::string_view why) const;

  [[noreturn]] void ends_early() const;

  /// The number in `size` bytes (1 to 4) at `offset`; a file that is too short for it ends early.
  uint32_t little_endian(size_t offset, size_t size) const {
    if (offset > bytes.size() || size > bytes.size() - offset) ends_early();
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value |= std::to_integer<uint32_t>(bytes[offset + i]) << 8U * i;
    }
    return value;
  }

  /// Called with the size from the header before memory for the pixels is taken: it must be
  /// positive and within `max_pixels`, and the file must be able to hold it at all, given that a
  /// byte of this format cannot stand for more than `pixels_per_byte` pixels.
  void check_size(int64_t width, int64_t height, double pixels_per_byte) const;

  /// A picture's memory; throws ResourceError where there is not enough.
  cv::Mat allocate(int64_t width, int64_t height, int type) const;
};

/// 16-bit pixels rounded to 8 bits; 8-bit pixels as they are.
cv::Mat to_8_bit(const cv::Mat& pixels);

/// Takes the fourth channel of RGBA pixels apart: {rgb, alpha}. RGB pixels come back as they are,
/// with an empty alpha.
std::pair<cv::Mat, cv::Mat> split_alpha(const cv::Mat& pixels);
/// The reverse; an empty alpha gives `rgb` itself.
cv::Mat join_alpha(const cv::Mat& rgb, const cv::Mat& alpha);

}  // namespace strata::image

#include "image/orientation.hpp"

#include <cstdint>
#include <string_view>

namespace strata::image {
namespace {

/// Numbers at checked offsets of a TIFF structure; beyond its end they are 0.
class TiffNumbers {
 public:
  explicit TiffNumbers(std::span<const std::byte> bytes)
      : bytes_(bytes), little_(bytes.size() > 1 && bytes[0] == std::byte{'I'}) {}

  uint32_t u16(size_t offset) const { return number(offset, 2); }
  uint32_t u32(size_t offset) const { return number(offset, 4); }

 private:
  uint32_t number(size_t offset, size_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t at = little_ ? size - 1 - i : i;
      value = value << 8U | std::to_integer<uint32_t>(bytes_[offset + at]);
    }
    return value;
  }

  std::span<const std::byte> bytes_;
  bool little_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> exif) {
  constexpr uint32_t kMagic = 42, kOrientation = 0x0112, kShort = 3;
  constexpr size_t kEntryBytes = 12;
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  const std::string_view text(reinterpret_cast<const char*>(exif.data()), exif.size());
  if (text.starts_with(kPrefix)) exif = exif.subspan(kPrefix.size());
  const TiffNumbers numbers(exif);
  if (numbers.u16(2) != kMagic) return 1;
  const size_t directory = numbers.u32(4);
  const uint32_t entries = numbers.u16(directory);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (numbers.u16(entry) != kOrientation) continue;
    const uint32_t value = numbers.u16(entry + 8);
    return numbers.u16(entry + 2) == kShort && value >= 1 && value <= 8 ? static_cast<int>(value)
                                                                        : 1;
  }
  return 1;
}

cv::Mat upright(const cv::Mat& pixels, int orientation) {
  constexpr int kAroundVertical = 1, kAroundHorizontal = 0, kAroundBoth = -1;
  cv::Mat turned;
  switch (orientation) {
    case 2:
      cv::flip(pixels, turned, kAroundVertical);
      return turned;
    case 3:
      cv::flip(pixels, turned, kAroundBoth);
      return turned;
    case 4:
      cv::flip(pixels, turned, kAroundHorizontal);
      return turned;
    case 5:
      cv::transpose(pixels, turned);
      return turned;
    case 6:
      cv::rotate(pixels, turned, cv::ROTATE_90_CLOCKWISE);
      return turned;
    case 7:
      cv::rotate(pixels, turned, cv::ROTATE_180);
      cv::transpose(turned, turned);
      return turned.clone();
    case 8:
      cv::rotate(pixels, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
      return turned;
    default:
      return pixels;
  }
}

}  // namespace strata::image

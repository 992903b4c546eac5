#include "image/bmp.hpp"

#include <array>
#include <bit>
#include <cstdlib>

#include <fmt/format.h>

namespace strata::image {
namespace {

/// What the file and info headers say; offsets are those of BITMAPFILEHEADER, BITMAPCOREHEADER and
/// BITMAPINFOHEADER.
struct Header {
  int64_t width = 0, height = 0;
  bool from_above = false;
  uint32_t bits = 0;
  size_t pixels = 0;  ///< where they begin
  size_t palette = 0, palette_entry_bytes = 4;
  std::array<uint32_t, 3> masks = {};  ///< of red, green and blue in 16- and 32-bit pixels
};

Header read_header(const Source& source) {
  constexpr uint32_t kCoreHeader = 12, kInfoHeader = 40, kUncompressed = 0, kBitFields = 3;
  Header header;
  header.pixels = source.little_endian(10, 4);
  const uint32_t size = source.little_endian(14, 4);
  const bool core = size == kCoreHeader;
  if (!core && size < kInfoHeader) source.fail("is a kind of BMP that is not read");
  if (core) {
    header.width = source.little_endian(18, 2);
    header.height = source.little_endian(20, 2);
    header.palette_entry_bytes = 3;
  } else {
    const auto height = static_cast<int32_t>(source.little_endian(22, 4));
    header.width = static_cast<int32_t>(source.little_endian(18, 4));
    header.height = std::abs(int64_t{height});
    header.from_above = height < 0;
  }
  header.bits = source.little_endian(core ? 24 : 28, 2);
  header.palette = 14 + size_t{size};
  const uint32_t compression = core ? kUncompressed : source.little_endian(30, 4);
  if (compression == kBitFields && (header.bits == 16 || header.bits == 32)) {
    for (size_t c = 0; c < 3; ++c) header.masks[c] = source.little_endian(54 + 4 * c, 4);
  } else if (compression == kUncompressed) {
    header.masks = header.bits == 16 ? std::array<uint32_t, 3>{0x7c00, 0x3e0, 0x1f}
                                     : std::array<uint32_t, 3>{0xff0000, 0xff00, 0xff};
  } else {
    source.fail("is a compressed BMP, which is not read; save it as PNG");
  }
  return header;
}

/// The bits under `mask`, spread to 0...255.
uint8_t channel(uint32_t pixel, uint32_t mask) {
  if (mask == 0) return 0;
  const int shift = std::countr_zero(mask);
  const uint64_t largest = mask >> shift, value = (pixel & mask) >> shift;
  return static_cast<uint8_t>((value * 255 + largest / 2) / largest);
}

cv::Vec3b palette_colour(const Source& source, const Header& header, uint32_t index) {
  const uint32_t bgr = source.little_endian(header.palette + index * header.palette_entry_bytes, 3);
  return {static_cast<uint8_t>(bgr >> 16U), static_cast<uint8_t>(bgr >> 8U & 255U),
          static_cast<uint8_t>(bgr & 255U)};
}

}  // namespace

Picture decode_bmp(const Source& source) {
  const Header header = read_header(source);
  const uint32_t bits = header.bits;
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
    source.fail(fmt::format("is a BMP of {} bits a pixel; 1, 4, 8, 16, 24 and 32 are read", bits));
  }
  source.check_size(header.width, header.height, 8.0 / bits);
  const size_t row_bytes = (static_cast<size_t>(header.width) * bits + 31) / 32 * 4;
  source.little_endian(header.pixels + row_bytes * static_cast<size_t>(header.height) - 1, 1);
  Picture picture;
  picture.format = "bmp";
  picture.rgb = source.allocate(header.width, header.height, CV_8UC3);
  for (int y = 0; y < picture.height(); ++y) {
    auto* const to = picture.rgb.ptr<cv::Vec3b>(header.from_above ? y : picture.height() - 1 - y);
    const size_t row = header.pixels + row_bytes * static_cast<size_t>(y);
    for (size_t x = 0; x < static_cast<size_t>(header.width); ++x) {
      if (bits <= 8) {
        const uint32_t byte = source.little_endian(row + x * bits / 8, 1);
        const auto shift = static_cast<uint32_t>(8 - bits - x * bits % 8);
        to[x] = palette_colour(source, header, byte >> shift & ((1U << bits) - 1U));
      } else {
        const uint32_t pixel = source.little_endian(row + x * (bits / 8), bits / 8);
        for (int c = 0; c < 3; ++c) to[x][c] = channel(pixel, header.masks[static_cast<size_t>(c)]);
      }
    }
  }
  return picture;
}

}  // namespace strata::image

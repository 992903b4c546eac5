#include "image/webp_bmp.hpp"

#include "base/error.hpp"
#include "image/orientation.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace strata::image {
namespace {

/// Little-endian numbers at checked offsets; a file that is too short for one is truncated.
class Header {
 public:
  Header(const Source& source, const char* format) : source_(source), format_(format) {}

  uint32_t number(size_t offset, size_t size) const {
    if (offset > source_.bytes.size() || size > source_.bytes.size() - offset) truncated();
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value |= std::to_integer<uint32_t>(source_.bytes[offset + i]) << 8U * i;
    }
    return value;
  }
  std::string_view tag(size_t offset) const {
    number(offset, 4);
    return {reinterpret_cast<const char*>(source_.data()) + offset, 4};
  }
  [[noreturn]] void truncated() const {
    source_.fail(fmt::format("truncated or corrupt {}: it ends early", format_));
  }

 private:
  const Source& source_;
  const char* format_;
};

cv::Mat decode_with_opencv(const Source& source, int flags, const char* format) {
  const cv::Mat encoded(1, static_cast<int>(source.bytes.size()), CV_8U,
                        const_cast<unsigned char*>(source.data()));
  cv::Mat pixels;
  try {
    pixels = cv::imdecode(encoded, flags);
  } catch (const cv::Exception&) {
    pixels.release();
  }
  if (pixels.empty()) source.fail(fmt::format("truncated or corrupt {}", format));
  return pixels;
}

struct WebpChunks {
  int64_t width = 0, height = 0;
  std::span<const std::byte> exif;
};

/// Walks over the chunks of the RIFF container (RFC 9649), all of which must be there.
WebpChunks read_webp_chunks(const Source& source) {
  const Header header(source, "WebP");
  const size_t end = size_t{header.number(4, 4)} + 8;
  if (end > source.bytes.size()) header.truncated();
  WebpChunks chunks;
  for (size_t offset = 12; offset + 8 <= end;) {
    const std::string_view tag = header.tag(offset);
    const size_t size = header.number(offset + 4, 4), body = offset + 8;
    if (size > end - body) header.truncated();
    if (tag == "VP8X") {
      constexpr uint32_t kAnimated = 2;
      if ((header.number(body, 1) & kAnimated) != 0)
        source.fail("is animated; one picture is needed");
      chunks.width = int64_t{header.number(body + 4, 3)} + 1;
      chunks.height = int64_t{header.number(body + 7, 3)} + 1;
    } else if (tag == "VP8 " && chunks.width == 0) {
      chunks.width = header.number(body + 6, 2) & 0x3fffU;
      chunks.height = header.number(body + 8, 2) & 0x3fffU;
    } else if (tag == "VP8L" && chunks.width == 0) {
      const uint32_t sides = header.number(body + 1, 4);
      chunks.width = (sides & 0x3fffU) + 1;
      chunks.height = (sides >> 14U & 0x3fffU) + 1;
    } else if (tag == "EXIF") {
      chunks.exif = source.bytes.subspan(body, size);
    }
    offset = body + size + size % 2;
  }
  return chunks;
}

}  // namespace

Picture decode_webp(const Source& source) {
  const WebpChunks chunks = read_webp_chunks(source);
  constexpr double kPixelsPerByte = 1e6;  // an even surface costs next to nothing
  source.check_size(chunks.width, chunks.height, kPixelsPerByte);
  const cv::Mat bgr = decode_with_opencv(source, cv::IMREAD_UNCHANGED, "WebP");
  cv::Mat pixels;
  cv::cvtColor(bgr, pixels, bgr.channels() == 4 ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGR2RGB);
  const int orientation = exif_orientation(chunks.exif);
  const auto [rgb, alpha] = split_alpha(pixels);
  Picture picture;
  picture.format = "webp";
  picture.rgb = upright(rgb, orientation);
  if (!alpha.empty()) picture.alpha = upright(alpha, orientation);
  return picture;
}

Picture decode_bmp(const Source& source) {
  const Header header(source, "BMP");
  constexpr uint32_t kOs2HeaderBytes = 12, kUncompressed = 0, kBitFields = 3;
  const bool os2 = header.number(14, 4) == kOs2HeaderBytes;
  const int64_t width = os2 ? header.number(18, 2) : static_cast<int32_t>(header.number(18, 4));
  // Negative where the first row is the top one.
  const int64_t height =
      os2 ? header.number(20, 2) : std::abs(int64_t{static_cast<int32_t>(header.number(22, 4))});
  const int64_t bits = header.number(os2 ? 24 : 28, 2);
  const uint32_t compression = os2 ? kUncompressed : header.number(30, 4);
  if (compression != kUncompressed && compression != kBitFields) {
    source.fail("is a compressed BMP, which is not read; save it as PNG");
  }
  source.check_size(width, height, 8.0);
  const int64_t row_bytes = (width * bits + 31) / 32 * 4;
  const int64_t pixels_begin = header.number(10, 4);
  if (pixels_begin + row_bytes * height > static_cast<int64_t>(source.bytes.size())) {
    header.truncated();
  }
  const cv::Mat bgr = decode_with_opencv(source, cv::IMREAD_COLOR, "BMP");
  Picture picture;
  picture.format = "bmp";
  cv::cvtColor(bgr, picture.rgb, cv::COLOR_BGR2RGB);
  return picture;
}

std::vector<std::byte> encode_webp(const Picture& picture, const EncodeOptions& /*options*/) {
  const cv::Mat pixels = join_alpha(to_8_bit(picture.rgb), to_8_bit(picture.alpha));
  cv::Mat bgr;
  cv::cvtColor(pixels, bgr, pixels.channels() == 4 ? cv::COLOR_RGBA2BGRA : cv::COLOR_RGB2BGR);
  constexpr int kLossless = 101;
  std::vector<unsigned char> bytes;
  try {
    if (!cv::imencode(".webp", bgr, bytes, {cv::IMWRITE_WEBP_QUALITY, kLossless})) bytes.clear();
  } catch (const cv::Exception&) {
    bytes.clear();
  }
  if (bytes.empty()) throw ResourceError("WebP: cannot be written");
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

}  // namespace strata::image

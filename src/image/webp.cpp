#include "image/webp.hpp"

#include "base/error.hpp"
#include "image/colour_profile.hpp"
#include "image/orientation.hpp"

#include <algorithm>
#include <string_view>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace strata::image {
namespace {

struct WebpChunks {
  int64_t width = 0, height = 0;
  std::span<const std::byte> exif, profile;
};

/// The header was checked before, because OpenCV prints what it cannot read.
cv::Mat decode_with_opencv(const Source& source) {
  const cv::Mat encoded(1, static_cast<int>(source.bytes.size()), CV_8U,
                        const_cast<unsigned char*>(source.data()));
  cv::Mat pixels;
  try {
    pixels = cv::imdecode(encoded, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    pixels.release();
  }
  if (pixels.empty()) source.fail("truncated or corrupt WebP");
  return pixels;
}

/// Walks over the chunks of the RIFF container (RFC 9649), all of which must be there.
WebpChunks read_webp_chunks(const Source& source) {
  const size_t end = size_t{source.little_endian(4, 4)} + 8;
  if (end > source.bytes.size()) source.ends_early();
  WebpChunks chunks;
  for (size_t offset = 12; offset + 8 <= end;) {
    const std::string_view tag(reinterpret_cast<const char*>(source.data()) + offset, 4);
    const size_t size = source.little_endian(offset + 4, 4), body = offset + 8;
    if (size > end - body) source.ends_early();
    if (tag == "VP8X") {
      constexpr uint32_t kAnimated = 2;
      if ((source.little_endian(body, 1) & kAnimated) != 0)
        source.fail("is animated; one picture is needed");
      chunks.width = int64_t{source.little_endian(body + 4, 3)} + 1;
      chunks.height = int64_t{source.little_endian(body + 7, 3)} + 1;
    } else if (tag == "VP8 " && chunks.width == 0) {
      chunks.width = source.little_endian(body + 6, 2) & 0x3fffU;
      chunks.height = source.little_endian(body + 8, 2) & 0x3fffU;
    } else if (tag == "VP8L" && chunks.width == 0) {
      const uint32_t sides = source.little_endian(body + 1, 4);
      chunks.width = (sides & 0x3fffU) + 1;
      chunks.height = (sides >> 14U & 0x3fffU) + 1;
    } else if (tag == "EXIF") {
      chunks.exif = source.bytes.subspan(body, size);
    } else if (tag == "ICCP") {
      chunks.profile = source.bytes.subspan(body, size);
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
  const cv::Mat bgr = decode_with_opencv(source);
  cv::Mat pixels;
  cv::cvtColor(bgr, pixels, bgr.channels() == 4 ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGR2RGB);
  const int orientation = exif_orientation(chunks.exif);
  const auto [rgb, alpha] = split_alpha(pixels);
  Picture picture;
  picture.format = "webp";
  picture.rgb = upright(to_srgb(rgb, PixelKind::rgb, chunks.profile, picture.warning), orientation);
  if (!alpha.empty()) picture.alpha = upright(alpha, orientation);
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

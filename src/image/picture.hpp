#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include <opencv2/core.hpp>

namespace strata::image {

/// A decoded picture, upright (EXIF orientation applied), in its own bit depth.
struct Picture {
  cv::Mat rgb;    ///< CV_8UC3 or CV_16UC3, RGB order, continuous; grey and palette are expanded
  cv::Mat alpha;  ///< same size, CV_8UC1 or CV_16UC1; empty where the picture is opaque by format
  /// Text the file carries (PNG tEXt/zTXt/iTXt): keyword -> text.
  std::map<std::string, std::string> text;
  std::string format;  ///< "png", "jpeg", "tiff", "webp", "bmp"

  int width() const { return rgb.cols; }
  int height() const { return rgb.rows; }
  int bits() const { return rgb.depth() == CV_16U ? 16 : 8; }
};

struct DecodeOptions {
  /// Refuse larger pictures before memory is taken.
  int64_t max_pixels = int64_t{1} << 30;
};

/// The format is told by the first bytes. Throws InputError: missing, empty, not a picture,
/// truncated or corrupt (a JPEG that ends early or has lost data is an error, never grey bars).
Picture decode(const std::filesystem::path& file, const DecodeOptions& options = {});
Picture decode(std::span<const std::byte> bytes,
               const std::string& name,
               const DecodeOptions& options = {});

struct EncodeOptions {
  int jpeg_quality = 95;  ///< always 4:4:4
  /// Written as PNG iTXt (UTF-8), TIFF ImageDescription or JPEG comment: keyword -> text.
  std::map<std::string, std::string> text;
};

/// The format comes from the file's ending (.png .jpg .jpeg .tif .tiff .webp); another ending is a
/// UsageError. Atomic. Alpha is written by PNG, TIFF and WebP, and refused by JPEG as a UsageError.
/// 16 bit is kept by PNG and TIFF; JPEG and WebP round to 8.
void encode(const std::filesystem::path& file,
            const Picture& picture,
            const EncodeOptions& options = {});

/// Throws UsageError unless `file` has an ending that encode() writes.
void check_encodable(const std::filesystem::path& file);

}  // namespace strata::image

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include <opencv2/core.hpp>

namespace strata::image {

/// A decoded picture, upright (EXIF orientation applied), in its own bit depth, in sRGB.
struct Picture {
  cv::Mat rgb;    ///< CV_8UC3 or CV_16UC3, RGB order, continuous; grey and palette are expanded
  cv::Mat alpha;  ///< same size, CV_8UC1 or CV_16UC1; empty where the picture is opaque by format
  /// Text the file carries as UTF-8, keyword -> text: PNG tEXt, zTXt and iTXt, and what encode()
  /// wrote into a JPEG comment or TIFF ImageDescription; text of another program there stands whole
  /// under "Comment" or "ImageDescription".
  std::map<std::string, std::string> text;
  std::string format;  ///< "png", "jpeg", "tiff", "webp", "bmp"
  /// Why an embedded colour profile could not be used; empty where it was, or there is none.
  std::string warning;

  int width() const { return rgb.cols; }
  int height() const { return rgb.rows; }
  int bits() const { return rgb.depth() == CV_16U ? 16 : 8; }
};

struct DecodeOptions {
  /// Refuse larger pictures before memory is taken.
  int64_t max_pixels = int64_t{1} << 30;
};

/// Reads PNG, JPEG, TIFF (first page), WebP and BMP, told by the first bytes and never by the name.
/// Throws InputError: missing, empty, not a picture, too large, truncated or corrupt (a JPEG that
/// ends early or has lost data is an error, never grey bars). Nothing is printed. Thread-safe.
/// Colours are converted to sRGB by the ICC profile embedded in a PNG, JPEG, TIFF or WebP (see
/// colour_profile.hpp); other gamma and chromaticity fields are left alone.
Picture decode(const std::filesystem::path& file, const DecodeOptions& options = {});
Picture decode(std::span<const std::byte> bytes,
               const std::string& name,
               const DecodeOptions& options = {});

struct EncodeOptions {
  int jpeg_quality = 95;  ///< always 4:4:4
  /// Keyword -> text, UTF-8: written as PNG iTXt, or as a JSON object into the JPEG comment or TIFF
  /// ImageDescription; WebP has no place for it. A keyword has 1 to 79 letters.
  std::map<std::string, std::string> text;
};

/// The format comes from the file's ending (.png .jpg .jpeg .tif .tiff .webp); another ending is a
/// UsageError. Atomic. Alpha is written by PNG, TIFF and WebP, and refused by JPEG as a UsageError.
/// 16 bit is kept by PNG and TIFF; JPEG and WebP round to 8. All but JPEG are lossless, except that
/// WebP drops the colour under alpha 0. PNG, JPEG and TIFF carry the profile of sRGB. A full disk
/// is a ResourceError and leaves the old file.
void encode(const std::filesystem::path& file,
            const Picture& picture,
            const EncodeOptions& options = {});

/// Throws UsageError unless `file` has an ending that encode() writes with so many bits (8 or 16).
void check_encodable(const std::filesystem::path& file, int bits = 8);
/// Whether the format of an ending that encode() writes holds alpha.
bool holds_alpha(const std::filesystem::path& file);

}  // namespace strata::image

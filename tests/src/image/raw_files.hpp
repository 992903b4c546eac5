#pragma once

#include "image/picture.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>

namespace strata::image {

// Files of kinds that strata reads but never writes, made with the codecs' own libraries.

using Bytes = std::vector<std::byte>;
Bytes bytes_of(const std::string& text);
/// Appends a number of `size` bytes, little-endian.
void put(Bytes& bytes, uint32_t value, size_t size);

/// An EXIF block whose only entry is the orientation.
Bytes exif_block(int orientation, bool little_endian = true);

struct RawPng {
  int width = 1, height = 1, bit_depth = 8, colour_type = PNG_COLOR_TYPE_RGB;
  bool interlaced = false;
  std::vector<png_color> palette = {};
  std::vector<png_byte> palette_alpha = {};
  std::optional<png_color_16> transparent = {};
  /// Chunks by libpng's compression code: tEXt, zTXt or iTXt.
  struct Text {
    int compression;
    std::string keyword, text;
  };
  std::vector<Text> text = {};
  Bytes exif = {};
  Bytes profile = {};  ///< ICC
  Bytes iccp = {};     ///< contents of an iCCP chunk, right or wrong
  /// The rows as stored, big-endian where 16 bit.
  std::vector<std::vector<png_byte>> rows = {};
};
Bytes raw_png(const RawPng& png);

struct RawJpeg {
  int width = 1, height = 1, components = 3;
  J_COLOR_SPACE input = JCS_RGB;
  J_COLOR_SPACE stored = JCS_YCbCr;
  bool adobe_marker = true;  ///< for CMYK and YCCK
  bool progressive = false;
  bool arithmetic = false;
  Bytes exif = {};
  Bytes profile = {};                 ///< ICC
  std::vector<JSAMPLE> samples = {};  ///< interleaved; one pixel's worth fills the picture
};
Bytes raw_jpeg(const RawJpeg& jpeg);

struct RawTiff {
  uint32_t width = 1, height = 1;
  uint32_t bits = 8, samples = 3;
  int photometric = PHOTOMETRIC_RGB, planar = PLANARCONFIG_CONTIG, compression = COMPRESSION_NONE,
      orientation = ORIENTATION_TOPLEFT, sample_format = SAMPLEFORMAT_UINT;
  std::optional<uint16_t> extra = {};     ///< kind of the one extra sample
  uint32_t tile = 0;                      ///< side of the tiles; 0: strips of two rows
  std::vector<uint16_t> colour_map = {};  ///< red, green, blue, 2^bits each
  std::string description = {};
  Bytes profile = {};  ///< ICC
  bool big = false;    ///< BigTIFF
  /// Sample of column x, row y, channel c.
  std::function<uint32_t(uint32_t, uint32_t, uint32_t)> at = [](auto, auto, auto) { return 0U; };
};
Bytes raw_tiff(const RawTiff& tiff);

/// The bytes with one at `offset` changed to another value.
Bytes flipped(const Bytes& bytes, size_t offset, unsigned pattern);

Picture decoded(const Bytes& bytes);

/// Noise: 8 or 16 bit, with or without alpha.
Picture noise(int width, int height, int bits, bool alpha, uint64_t seed = 1);
bool same_pixels(const Picture& a, const Picture& b);

/// Every truncation of `whole` must be an InputError naming the file, except that the last
/// `spare` bytes may be missing where the picture comes out the same. Random changes of bytes must
/// give a picture or an InputError, nothing else, and nothing may be printed.
void expect_robust(const Bytes& whole, size_t spare = 0);

}  // namespace strata::image

#include "image/tiff.hpp"

#include "base/error.hpp"
#include "image/colour_profile.hpp"
#include "image/description.hpp"
#include "image/orientation.hpp"
#include "image/tiff_memory.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace strata::image {
namespace {

/// How the pixels lie in the file.
struct Layout {
  uint32_t width = 0, height = 0;
  uint16_t bits = 0, samples = 0, photometric = 0, planar = 0, sample_format = 0, orientation = 0;
  uint16_t ink_set = 0;
  enum class Alpha { none, straight, multiplied } alpha = Alpha::none;

  bool grey() const {
    return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
  }
  bool cmyk() const { return photometric == PHOTOMETRIC_SEPARATED && ink_set == INKSET_CMYK; }
  int colours() const { return grey() ? 1 : cmyk() ? 4 : 3; }
  int channels() const { return colours() + (alpha == Alpha::none ? 0 : 1); }
  /// Kinds whose colours libtiff's converter gives as everybody expects them (not so CIELAB).
  bool convertible() const {
    return grey() || photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_PALETTE ||
           photometric == PHOTOMETRIC_SEPARATED || photometric == PHOTOMETRIC_YCBCR;
  }
  /// Whether the samples are the numbers wanted; other kinds go through libtiff's converter.
  bool plain() const {
    return (bits == 8 || bits == 16) && (grey() || cmyk() || photometric == PHOTOMETRIC_RGB) &&
           samples >= colours();
  }
};

/// The strips or tiles that the pixels are coded in.
struct Blocks {
  bool tiled = false;
  bool planes = false;  ///< each sample in blocks of its own
  uint32_t width = 0, height = 0;
  int samples = 0;  ///< side by side in one block
};

/// Where a block begins.
struct Place {
  uint32_t x = 0, y = 0;
  uint16_t plane = 0;
};

class TiffReader {
 public:
  explicit TiffReader(const Source& source) : source_(source), input_(source.bytes) {
    if (input_.get() == nullptr) fail();
  }

  Picture read() {
    const Layout layout = read_layout();
    source_.check_size(layout.width, layout.height, kPixelsPerByte);
    messages_.reading_pixels = true;
    const cv::Mat pixels = layout.plain() ? read_plain(layout) : read_converted(layout);
    Picture picture;
    picture.format = "tiff";
    picture.text = text();
    const bool inks = layout.cmyk() && layout.plain();
    const auto [colours, alpha] = inks ? std::pair(pixels, cv::Mat()) : split_alpha(pixels);
    const PixelKind kind = inks            ? PixelKind::cmyk
                           : layout.grey() ? PixelKind::grey
                                           : PixelKind::rgb;
    picture.rgb = upright(to_srgb(colours, kind, profile(), picture.warning), layout.orientation);
    if (!alpha.empty()) picture.alpha = upright(alpha, layout.orientation);
    return picture;
  }

 private:
  /// LZMA and Zstandard squeeze an even surface beyond any useful limit.
  static constexpr double kPixelsPerByte = 1e6;
  static constexpr int kMostSamples = 16;  // a pixel

  [[noreturn]] void fail() const {
    const std::string& why = messages_.error.empty() ? messages_.warning : messages_.error;
    source_.fail("truncated, corrupt or unknown kind of TIFF" + (why.empty() ? "" : ": " + why));
  }

  template <class T>
  T field(uint32_t tag) const {
    T value{};
    if (TIFFGetFieldDefaulted(input_.get(), tag, &value) == 0) return T{};
    return value;
  }

  Layout read_layout() const {
    Layout layout;
    layout.width = field<uint32_t>(TIFFTAG_IMAGEWIDTH);
    layout.height = field<uint32_t>(TIFFTAG_IMAGELENGTH);
    layout.bits = field<uint16_t>(TIFFTAG_BITSPERSAMPLE);
    layout.samples = field<uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
    layout.photometric = field<uint16_t>(TIFFTAG_PHOTOMETRIC);
    layout.planar = field<uint16_t>(TIFFTAG_PLANARCONFIG);
    layout.orientation = field<uint16_t>(TIFFTAG_ORIENTATION);
    layout.sample_format = field<uint16_t>(TIFFTAG_SAMPLEFORMAT);
    layout.ink_set = field<uint16_t>(TIFFTAG_INKSET);
    const bool integers =
        layout.sample_format == SAMPLEFORMAT_UINT || layout.sample_format == SAMPLEFORMAT_VOID;
    if (!integers || layout.bits > 16 || layout.samples > kMostSamples) {
      source_.fail(fmt::format(
          "is a TIFF of {} {} of {} bits; at most {} unsigned integers of at most 16 bits are read",
          layout.samples, integers ? "integers" : "signed or floating-point numbers", layout.bits,
          kMostSamples));
    }
    uint16_t count = 0;
    uint16_t* kinds = nullptr;
    TIFFGetFieldDefaulted(input_.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds);
    if (count > 0 && !layout.cmyk() && layout.samples > layout.colours()) {
      if (kinds[0] == EXTRASAMPLE_UNASSALPHA) layout.alpha = Layout::Alpha::straight;
      if (kinds[0] == EXTRASAMPLE_ASSOCALPHA) layout.alpha = Layout::Alpha::multiplied;
    }
    return layout;
  }

  cv::Mat read_plain(const Layout& layout) {
    const int depth = layout.bits == 16 ? CV_16U : CV_8U;
    cv::Mat pixels =
        source_.allocate(layout.width, layout.height, CV_MAKETYPE(depth, layout.channels()));
    if (layout.bits == 16) {
      read_blocks<uint16_t>(layout, pixels);
      return finished<uint16_t>(layout, pixels);
    }
    read_blocks<uint8_t>(layout, pixels);
    return finished<uint8_t>(layout, pixels);
  }

  template <class T>
  void read_blocks(const Layout& layout, cv::Mat& pixels) {
    const Blocks blocks = read_blocks_layout(layout);
    const cv::Mat block =
        source_.allocate(blocks.width, blocks.height, CV_MAKETYPE(pixels.depth(), blocks.samples));
    for (int plane = 0; plane < (blocks.planes ? pixels.channels() : 1); ++plane) {
      for (uint32_t y = 0; y < layout.height; y += blocks.height) {
        for (uint32_t x = 0; x < layout.width; x += blocks.width) {
          read_block(blocks, {x, y, static_cast<uint16_t>(plane)}, layout.height, block);
          copy_block<T>(block, {x, y, static_cast<uint16_t>(plane)}, pixels);
        }
      }
    }
  }

  Blocks read_blocks_layout(const Layout& layout) const {
    TIFF* const tiff = input_.get();
    Blocks blocks;
    blocks.tiled = TIFFIsTiled(tiff) != 0;
    blocks.planes = layout.planar == PLANARCONFIG_SEPARATE;
    blocks.samples = blocks.planes ? 1 : layout.samples;
    blocks.width = blocks.tiled ? field<uint32_t>(TIFFTAG_TILEWIDTH) : layout.width;
    blocks.height = blocks.tiled ? field<uint32_t>(TIFFTAG_TILELENGTH)
                                 : std::min(field<uint32_t>(TIFFTAG_ROWSPERSTRIP), layout.height);
    const double pixels = 1.0 * blocks.width * blocks.height;
    const tmsize_t bytes = blocks.tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    if (pixels < 1.0 || static_cast<double>(bytes) != pixels * blocks.samples * layout.bits / 8) {
      fail();
    }
    if (pixels > static_cast<double>(source_.max_pixels)) {
      source_.fail("has tiles larger than any picture allowed");
    }
    return blocks;
  }

  void read_block(const Blocks& blocks, const Place& place, uint32_t height, const cv::Mat& block) {
    TIFF* const tiff = input_.get();
    // The last strip has only the rows that are left, a tile is always whole.
    const uint32_t rows = blocks.tiled ? blocks.height : std::min(blocks.height, height - place.y);
    const auto expected = static_cast<tmsize_t>(block.step[0] * rows);
    const tmsize_t got =
        blocks.tiled
            ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, place.x, place.y, 0, place.plane),
                                  block.data, expected)
            : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, place.y, place.plane), block.data,
                                   expected);
    if (got != expected || messages_.any()) fail();
  }

  /// The part of a block that lies in the picture: one plane of it, or the leading samples.
  template <class T>
  static void copy_block(const cv::Mat& block, const Place& place, cv::Mat& pixels) {
    const int samples = block.channels(), channels = pixels.channels();
    const int copied = std::min(samples, channels);
    const int x = static_cast<int>(place.x), y = static_cast<int>(place.y);
    const int width = std::min(block.cols, pixels.cols - x);
    for (int row = 0; row < std::min(block.rows, pixels.rows - y); ++row) {
      const T* from = block.ptr<T>(row);
      T* to = pixels.ptr<T>(y + row, x) + place.plane;
      for (int i = 0; i < width; ++i, from += samples, to += channels) {
        std::copy_n(from, copied, to);
      }
    }
  }

  /// Grey spread to RGB, white made large, multiplied alpha divided out; inks as they are.
  template <class T>
  static cv::Mat finished(const Layout& layout, const cv::Mat& pixels) {
    if (layout.cmyk()) return pixels;
    constexpr uint32_t kWhite = std::numeric_limits<T>::max();
    const int channels = pixels.channels();
    const bool has_alpha = layout.alpha != Layout::Alpha::none;
    cv::Mat rgb(pixels.size(), CV_MAKETYPE(pixels.depth(), has_alpha ? 4 : 3));
    for (int y = 0; y < pixels.rows; ++y) {
      const T* from = pixels.ptr<T>(y);
      T* to = rgb.ptr<T>(y);
      for (int x = 0; x < pixels.cols; ++x, from += channels, to += rgb.channels()) {
        for (int c = 0; c < 3; ++c) {
          uint32_t value = from[layout.grey() ? 0 : c];
          if (layout.photometric == PHOTOMETRIC_MINISWHITE) value = kWhite - value;
          const uint32_t alpha = from[channels - 1];
          if (layout.alpha == Layout::Alpha::multiplied && alpha > 0) {
            value = std::min(kWhite, (value * kWhite + alpha / 2) / alpha);
          }
          to[c] = static_cast<T>(value);
        }
        if (has_alpha) to[3] = from[channels - 1];
      }
    }
    return rgb;
  }

  cv::Mat read_converted(const Layout& layout) {
    TIFF* const tiff = input_.get();
    std::array<char, 1024> why{};
    if (!layout.convertible() || TIFFRGBAImageOK(tiff, why.data()) == 0) {
      source_.fail(fmt::format("is a kind of TIFF that is not read{}{}", why[0] == 0 ? "" : ": ",
                               why.data()));
    }
    cv::Mat rgba = source_.allocate(layout.width, layout.height, CV_8UC4);
    constexpr int kStopOnError = 1;
    // The rows as stored: the orientation asked for is the one the file has.
    const int done = TIFFReadRGBAImageOriented(
        tiff, layout.width, layout.height, rgba.ptr<uint32_t>(), layout.orientation, kStopOnError);
    if (done == 0 || messages_.any()) fail();
    cv::Mat rgb(rgba.size(), CV_8UC3);
    for (int y = 0; y < rgba.rows; ++y) {
      const auto* from = rgba.ptr<uint32_t>(y);
      auto* to = rgb.ptr<cv::Vec3b>(y);
      for (int x = 0; x < rgba.cols; ++x) {
        to[x] = {static_cast<uint8_t>(TIFFGetR(from[x])), static_cast<uint8_t>(TIFFGetG(from[x])),
                 static_cast<uint8_t>(TIFFGetB(from[x]))};
      }
    }
    return rgb;
  }

  std::span<const std::byte> profile() const {
    uint32_t size = 0;
    const void* data = nullptr;
    if (TIFFGetField(input_.get(), TIFFTAG_ICCPROFILE, &size, &data) == 0) return {};
    return {static_cast<const std::byte*>(data), size};
  }

  std::map<std::string, std::string> text() const {
    const char* description = nullptr;
    if (TIFFGetField(input_.get(), TIFFTAG_IMAGEDESCRIPTION, &description) == 0) return {};
    return text_from(description, "ImageDescription");
  }

  const Source& source_;
  TiffMessages messages_;
  TiffInput input_;
};

/// Rows a strip so that one holds about 64 KiB.
uint32_t rows_per_strip(const cv::Mat& pixels) {
  constexpr size_t kStripBytes = size_t{1} << 16U;
  return static_cast<uint32_t>(
      std::max<size_t>(1, kStripBytes / (pixels.elemSize() * static_cast<size_t>(pixels.cols))));
}

}  // namespace

Picture decode_tiff(const Source& source) { return TiffReader(source).read(); }

std::vector<std::byte> encode_tiff(const Picture& picture, const EncodeOptions& options) {
  const cv::Mat pixels = join_alpha(picture.rgb, picture.alpha);
  const TiffMessages messages;
  TiffOutput output;
  TIFF* const tiff = output.get();
  const auto check = [&](bool good) {
    if (!good) throw ResourceError("TIFF: cannot be written: " + messages.error);
  };
  check(tiff != nullptr);
  const std::string description = description_from(options.text);
  constexpr uint16_t kStraightAlpha = EXTRASAMPLE_UNASSALPHA;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<uint32_t>(pixels.cols));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<uint32_t>(pixels.rows));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, pixels.depth() == CV_16U ? 16 : 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, pixels.channels());
  if (pixels.channels() == 4) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kStraightAlpha);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows_per_strip(pixels));
  const auto profile = srgb_profile();
  TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<uint32_t>(profile.size()), profile.data());
  if (!description.empty()) {
    TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, description.c_str());
  }
  std::vector<unsigned char> row(pixels.elemSize() * static_cast<size_t>(pixels.cols));
  for (int y = 0; y < pixels.rows; ++y) {
    // libtiff predicts in place, so it gets a copy.
    std::copy_n(pixels.ptr(y), row.size(), row.begin());
    check(TIFFWriteScanline(tiff, row.data(), static_cast<uint32_t>(y), 0) == 1);
  }
  check(TIFFFlush(tiff) == 1);
  return output.finish();
}

}  // namespace strata::image

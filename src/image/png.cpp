#include "image/png.hpp"

#include "base/error.hpp"
#include "image/colour_profile.hpp"
#include "image/description.hpp"
#include "image/error_trap.hpp"
#include "image/orientation.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <string_view>

#include <fmt/format.h>
#include <png.h>

namespace strata::image {
namespace {

/// Where libpng's errors and warnings go.
struct PngMessages {
  ErrorTrap trap;
  std::string profile;  ///< the last warning about a colour profile
};

void on_error(png_structp png, png_const_charp message) {
  static_cast<PngMessages*>(png_get_error_ptr(png))->trap.spring(message);
}

/// Warnings are about chunks beside the pixels.
void on_warning(png_structp png, png_const_charp message) noexcept {
  constexpr std::string_view kProfile = "iCCP: ";
  const std::string_view text = message;
  if (text.starts_with(kProfile)) {
    static_cast<PngMessages*>(png_get_error_ptr(png))->profile = text.substr(kProfile.size());
  }
}

std::vector<png_bytep> rows_of(const cv::Mat& pixels) {
  std::vector<png_bytep> rows(static_cast<size_t>(pixels.rows));
  for (int y = 0; y < pixels.rows; ++y) {
    rows[static_cast<size_t>(y)] = const_cast<png_bytep>(pixels.ptr(y));
  }
  return rows;
}

class PngReader {
 public:
  explicit PngReader(const Source& source) : source_(source) {}
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  Picture read() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &messages_, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) throw ResourceError(source_.name + ": not enough memory to read it");
    check_chunks();
    read_header();
    const cv::Mat pixels = read_pixels();
    Picture picture;
    picture.format = "png";
    picture.text = text();
    const auto [rgb, alpha] = split_alpha(pixels);
    picture.rgb = upright(in_srgb(rgb, picture.warning), orientation());
    if (!alpha.empty()) picture.alpha = upright(alpha, orientation());
    return picture;
  }

 private:
  template <class Step>
  void guarded(const Step& step) {
    if (!messages_.trap.run(step)) {
      source_.fail(fmt::format("truncated or corrupt PNG: {}", messages_.trap.message()));
    }
  }

  static void on_read(png_structp png, png_bytep target, size_t size) {
    auto& reader = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > reader.source_.bytes.size() - reader.offset_) png_error(png, "it ends early");
    std::memcpy(target, reader.source_.data() + reader.offset_, size);
    reader.offset_ += size;
  }

  /// All chunks up to the end must lie in the file. libpng would first take, and fill, the memory
  /// that a corrupt length asks for, up to 2 GiB.
  void check_chunks() const {
    const std::string_view file(reinterpret_cast<const char*>(source_.data()),
                                source_.bytes.size());
    constexpr size_t kSignature = 8, kFrame = 12;  // of a chunk: length, name and checksum
    for (size_t offset = kSignature;;) {
      if (file.size() - offset < kFrame) source_.ends_early();
      const uint32_t length = png_get_uint_32(source_.data() + offset);
      if (length > file.size() - offset - kFrame) source_.ends_early();
      if (file.substr(offset + 4, 4) == "IEND") return;
      offset += kFrame + length;
    }
  }

  void read_header() {
    guarded([this] {
      constexpr png_uint_32 kAnySide = 0x7fffffff;  // our own limit is told better
      png_set_user_limits(png_, kAnySide, kAnySide);
      png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
      png_set_read_fn(png_, this, on_read);
      png_read_info(png_, info_);
    });
    const bool colour = (png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR) != 0;
    kind_ = colour ? PixelKind::rgb : PixelKind::grey;
    constexpr double kBestDeflate = 1032.0;  // bytes from one, as zlib's notes derive it
    const double bits = png_get_bit_depth(png_, info_) * png_get_channels(png_, info_);
    source_.check_size(png_get_image_width(png_, info_), png_get_image_height(png_, info_),
                       kBestDeflate * 8.0 / bits);
  }

  cv::Mat read_pixels() {
    const auto width = png_get_image_width(png_, info_), height = png_get_image_height(png_, info_);
    const bool keyed = png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
    const bool transparent = keyed || (png_get_color_type(png_, info_) & PNG_COLOR_MASK_ALPHA) != 0;
    const bool deep = png_get_bit_depth(png_, info_) == 16;
    guarded([&] {
      png_set_expand(png_);  // palette to RGB, fewer than 8 bits to 8, tRNS to alpha
      png_set_gray_to_rgb(png_);
      if (deep && std::endian::native == std::endian::little) png_set_swap(png_);
      png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
    });
    const int type = CV_MAKETYPE(deep ? CV_16U : CV_8U, transparent ? 4 : 3);
    cv::Mat pixels = source_.allocate(width, height, type);
    STRATA_CHECK(png_get_rowbytes(png_, info_) == pixels.elemSize() * width,
                 "libpng's rows are not what was asked for");
    std::vector<png_bytep> rows = rows_of(pixels);
    guarded([&] {
      png_read_image(png_, rows.data());
      png_read_end(png_, info_);
    });
    return pixels;
  }

  std::map<std::string, std::string> text() const {
    std::map<std::string, std::string> found;
    png_textp chunks = nullptr;
    const int count = png_get_text(png_, info_, &chunks, nullptr);
    for (int i = 0; i < count; ++i) {
      const png_text& chunk = chunks[i];
      const bool international = chunk.compression >= PNG_ITXT_COMPRESSION_NONE;
      const size_t length = international ? chunk.itxt_length : chunk.text_length;
      found[utf8_from(chunk.key)] = utf8_from({chunk.text, length});
    }
    return found;
  }

  cv::Mat in_srgb(const cv::Mat& rgb, std::string& warning) const {
    png_charp name = nullptr;
    png_bytep profile = nullptr;
    png_uint_32 size = 0;
    int compression = 0;
    if (png_get_iCCP(png_, info_, &name, &compression, &profile, &size) == 0) {
      if (!messages_.profile.empty()) warning = unusable_profile(messages_.profile);
      return rgb;
    }
    return to_srgb(rgb, kind_, std::as_bytes(std::span(profile, size)), warning);
  }

  int orientation() const {
    png_bytep exif = nullptr;
    png_uint_32 size = 0;
    if (png_get_eXIf_1(png_, info_, &size, &exif) == 0) return 1;
    return exif_orientation(std::as_bytes(std::span(exif, size)));
  }

  const Source& source_;
  PixelKind kind_ = PixelKind::rgb;
  size_t offset_ = 0;
  PngMessages messages_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

class PngWriter {
 public:
  PngWriter() = default;
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  std::vector<std::byte> write(const cv::Mat& pixels,
                               const std::map<std::string, std::string>& text) {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &messages_, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) throw ResourceError("PNG: not enough memory");
    std::vector<png_bytep> rows = rows_of(pixels);
    std::vector<png_text> chunks = chunks_of(text);
    const bool deep = pixels.depth() == CV_16U;
    const auto profile = srgb_profile();
    const bool done = messages_.trap.run([&] {
      png_set_write_fn(png_, this, on_write, nullptr);
      png_set_user_limits(png_, 0x7fffffff, 0x7fffffff);
      png_set_IHDR(png_, info_, static_cast<png_uint_32>(pixels.cols),
                   static_cast<png_uint_32>(pixels.rows), deep ? 16 : 8,
                   pixels.channels() == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB,
                   PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
      png_set_iCCP(png_, info_, "sRGB", PNG_COMPRESSION_TYPE_BASE,
                   reinterpret_cast<png_const_bytep>(profile.data()),
                   static_cast<png_uint_32>(profile.size()));
      png_set_text(png_, info_, chunks.data(), static_cast<int>(chunks.size()));
      png_write_info(png_, info_);
      if (deep && std::endian::native == std::endian::little) png_set_swap(png_);
      png_write_image(png_, rows.data());
      png_write_end(png_, info_);
    });
    if (!done) throw ResourceError(fmt::format("PNG: {}", messages_.trap.message()));
    return std::move(bytes_);
  }

 private:
  static void on_write(png_structp png, png_bytep source, size_t size) {
    auto& bytes = static_cast<PngWriter*>(png_get_io_ptr(png))->bytes_;
    const auto* first = reinterpret_cast<const std::byte*>(source);
    bool full = false;
    try {
      bytes.insert(bytes.end(), first, first + size);
    } catch (const std::bad_alloc&) {
      full = true;  // an exception must not cross libpng
    }
    if (full) png_error(png, "not enough memory");
  }

  static std::vector<png_text> chunks_of(const std::map<std::string, std::string>& text) {
    std::vector<png_text> chunks;
    static char no_language[] = "";
    for (const auto& [keyword, value] : text) {
      STRATA_CHECK(!keyword.empty() && keyword.size() <= 79, "a PNG keyword has 1 to 79 letters");
      png_text chunk{};
      chunk.compression = PNG_ITXT_COMPRESSION_NONE;
      chunk.key = const_cast<char*>(keyword.c_str());
      chunk.text = const_cast<char*>(value.c_str());
      chunk.itxt_length = value.size();
      chunk.lang = no_language;
      chunk.lang_key = no_language;
      chunks.push_back(chunk);
    }
    return chunks;
  }

  PngMessages messages_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::vector<std::byte> bytes_;
};

}  // namespace

Picture decode_png(const Source& source) { return PngReader(source).read(); }

std::vector<std::byte> encode_png(const Picture& picture, const EncodeOptions& options) {
  return PngWriter().write(join_alpha(picture.rgb, picture.alpha), options.text);
}

}  // namespace strata::image

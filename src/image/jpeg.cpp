#include "image/jpeg.hpp"

#include "base/error.hpp"
#include "image/colour_profile.hpp"
#include "image/description.hpp"
#include "image/error_trap.hpp"
#include "image/orientation.hpp"

#include <algorithm>
#include <cstdio>  // jpeglib.h needs FILE
#include <cstdlib>
#include <memory>
#include <string_view>

#include <fmt/format.h>
// The numbers in jerror.h depend on what jpeglib.h defines.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

namespace strata::image {
namespace {

/// Warnings about markers that say nothing about the pixels. All others mean that pixels were lost.
bool is_harmless(int code) {
  return code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR || code == JWRN_NOT_SEQUENTIAL ||
         code == JWRN_BOGUS_ICC;
}

/// libjpeg's error manager: quiet, and every error or loss of data springs the trap.
class JpegErrors {
 public:
  jpeg_error_mgr* install(void*& client_data) {
    client_data = &trap;
    jpeg_std_error(&manager_);
    manager_.error_exit = [](j_common_ptr info) { spring(info); };
    manager_.emit_message = [](j_common_ptr info, int level) {
      if (level < 0 && !is_harmless(info->err->msg_code)) spring(info);
    };
    manager_.output_message = [](j_common_ptr) {};
    return &manager_;
  }

  ErrorTrap trap;

 private:
  [[noreturn]] static void spring(j_common_ptr info) {
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    static_cast<ErrorTrap*>(info->client_data)->spring(message);
  }

  jpeg_error_mgr manager_{};
};

class JpegReader {
 public:
  explicit JpegReader(const Source& source) : source_(source) {
    info_.err = errors_.install(info_.client_data);
  }
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  Picture read() {
    read_header();
    Picture picture;
    picture.format = "jpeg";
    picture.text = text_from(comment(), "Comment");
    const int orientation = exif_orientation_of_markers();
    const Buffer profile = read_profile(picture.warning);
    const cv::Mat pixels = read_pixels();
    picture.rgb = upright(to_srgb(pixels, kind(), profile.bytes(), picture.warning), orientation);
    return picture;
  }

 private:
  template <class Step>
  void guarded(const Step& step) {
    if (!errors_.trap.run(step)) {
      source_.fail(
          fmt::format("truncated, corrupt or unknown kind of JPEG: {}", errors_.trap.message()));
    }
  }

  void read_header() {
    guarded([this] {
      jpeg_create_decompress(&info_);
      jpeg_save_markers(&info_, kExif, 0xffff);
      jpeg_save_markers(&info_, kProfile, 0xffff);
      jpeg_save_markers(&info_, JPEG_COM, 0xffff);
      jpeg_mem_src(&info_, source_.data(), static_cast<unsigned long>(source_.bytes.size()));
      jpeg_read_header(&info_, TRUE);
    });
    // Huffman codes spend at least one bit on a block of 8 x 8 pixels; arithmetic ones may not.
    const double pixels_per_byte = info_.arith_code != 0 ? 1e6 : 8.0 * 64.0;
    const int64_t width = info_.image_width, height = info_.image_height;
    source_.check_size(width, height, pixels_per_byte);
  }

  PixelKind kind() const {
    if (info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK) {
      return PixelKind::cmyk;
    }
    return info_.jpeg_color_space == JCS_GRAYSCALE ? PixelKind::grey : PixelKind::rgb;
  }

  /// libjpeg's own memory.
  struct Buffer {
    std::unique_ptr<JOCTET, decltype(&std::free)> data{nullptr, &std::free};
    unsigned size = 0;
    std::span<const std::byte> bytes() const { return std::as_bytes(std::span(data.get(), size)); }
  };

  Buffer read_profile(std::string& warning) {
    JOCTET* data = nullptr;
    unsigned size = 0;
    guarded([&] {
      if (jpeg_read_icc_profile(&info_, &data, &size) == 0) data = nullptr;
    });
    if (data == nullptr && any_of_profile()) {
      warning = unusable_profile("its parts do not fit together");
    }
    Buffer buffer;
    buffer.data.reset(data);
    if (data != nullptr) buffer.size = size;
    return buffer;
  }

  bool any_of_profile() const {
    for (const auto* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      if (marker->marker == kProfile && contents(*marker).starts_with("ICC_PROFILE")) return true;
    }
    return false;
  }

  /// RGB, or inks of which 0 is none.
  cv::Mat read_pixels() {
    const bool inks = kind() == PixelKind::cmyk;
    info_.out_color_space = inks ? JCS_CMYK : JCS_RGB;
    guarded([this] { jpeg_start_decompress(&info_); });
    cv::Mat pixels =
        source_.allocate(info_.output_width, info_.output_height, inks ? CV_8UC4 : CV_8UC3);
    guarded([&] {
      while (info_.output_scanline < info_.output_height) {
        JSAMPROW row = pixels.ptr(static_cast<int>(info_.output_scanline));
        jpeg_read_scanlines(&info_, &row, 1);
      }
      jpeg_finish_decompress(&info_);
    });
    // Files with Adobe's marker, which is nearly all of them, store the inks inverted.
    if (inks && info_.saw_Adobe_marker != 0) cv::bitwise_not(pixels, pixels);
    return pixels;
  }

  /// Before the pixels are read, which ends with the markers.
  int exif_orientation_of_markers() const {
    for (const auto* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      const std::string_view data = contents(*marker);
      if (marker->marker == kExif && data.starts_with("Exif")) {  // XMP has the same marker
        return exif_orientation(std::as_bytes(std::span(data)));
      }
    }
    return 1;
  }

  /// A long comment spans several markers.
  std::string comment() const {
    std::string whole;
    for (const auto* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      if (marker->marker == JPEG_COM) whole += contents(*marker);
    }
    return whole;
  }

  static std::string_view contents(const jpeg_marker_struct& marker) {
    return {reinterpret_cast<const char*>(marker.data), marker.data_length};
  }

  static constexpr int kExif = JPEG_APP0 + 1;
  static constexpr int kProfile = JPEG_APP0 + 2;

  const Source& source_;
  JpegErrors errors_;
  jpeg_decompress_struct info_{};
};

class JpegWriter {
 public:
  JpegWriter() { info_.err = errors_.install(info_.client_data); }
  ~JpegWriter() {
    jpeg_destroy_compress(&info_);
    std::free(buffer_);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  std::vector<std::byte> write(const cv::Mat& rgb, int quality, const std::string& comment) {
    const auto profile = srgb_profile();
    const bool done = errors_.trap.run([&] {
      jpeg_create_compress(&info_);
      jpeg_mem_dest(&info_, &buffer_, &size_);
      info_.image_width = static_cast<JDIMENSION>(rgb.cols);
      info_.image_height = static_cast<JDIMENSION>(rgb.rows);
      info_.input_components = 3;
      info_.in_color_space = JCS_RGB;
      jpeg_set_defaults(&info_);
      jpeg_set_quality(&info_, quality, TRUE);
      info_.comp_info[0].h_samp_factor = 1;  // 4:4:4: no component has more samples than another
      info_.comp_info[0].v_samp_factor = 1;
      info_.optimize_coding = TRUE;
      jpeg_start_compress(&info_, TRUE);
      jpeg_write_icc_profile(&info_, reinterpret_cast<const JOCTET*>(profile.data()),
                             static_cast<unsigned>(profile.size()));
      write_comment(comment);
      while (info_.next_scanline < info_.image_height) {
        auto* row = const_cast<JSAMPROW>(rgb.ptr(static_cast<int>(info_.next_scanline)));
        jpeg_write_scanlines(&info_, &row, 1);
      }
      jpeg_finish_compress(&info_);
    });
    if (!done) throw ResourceError(fmt::format("JPEG: {}", errors_.trap.message()));
    const auto* first = reinterpret_cast<const std::byte*>(buffer_);
    return {first, first + size_};
  }

 private:
  void write_comment(std::string_view comment) {
    constexpr size_t kLongest = 65533;  // of a marker
    for (; !comment.empty(); comment.remove_prefix(std::min(kLongest, comment.size()))) {
      jpeg_write_marker(&info_, JPEG_COM, reinterpret_cast<const JOCTET*>(comment.data()),
                        static_cast<unsigned>(std::min(kLongest, comment.size())));
    }
  }

  JpegErrors errors_;
  jpeg_compress_struct info_{};
  unsigned char* buffer_ = nullptr;  // grown by libjpeg with malloc
  unsigned long size_ = 0;
};

}  // namespace

Picture decode_jpeg(const Source& source) { return JpegReader(source).read(); }

std::vector<std::byte> encode_jpeg(const Picture& picture, const EncodeOptions& options) {
  return JpegWriter().write(to_8_bit(picture.rgb), options.jpeg_quality,
                            description_from(options.text));
}

}  // namespace strata::image

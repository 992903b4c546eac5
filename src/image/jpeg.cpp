#include "image/jpeg.hpp"

#include "base/error.hpp"
#include "image/description.hpp"
#include "image/error_trap.hpp"
#include "image/orientation.hpp"

#include <algorithm>
#include <cstdio>  // jpeglib.h needs FILE
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>

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

/// r = (255 - c)(255 - k) / 255 and so on. Files with Adobe's marker, which is nearly all of them,
/// store the inks inverted.
void rgb_from_cmyk(std::span<const JSAMPLE> cmyk, bool inverted, unsigned char* rgb) {
  const auto light = [&](JSAMPLE ink) { return inverted ? ink : 255 - ink; };
  for (size_t i = 0; i + 3 < cmyk.size(); i += 4) {
    for (size_t c = 0; c < 3; ++c) {
      *rgb++ = static_cast<unsigned char>((light(cmyk[i + c]) * light(cmyk[i + 3]) + 127) / 255);
    }
  }
}

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
    picture.rgb = upright(read_pixels(), orientation());
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
      jpeg_save_markers(&info_, JPEG_COM, 0xffff);
      jpeg_mem_src(&info_, source_.data(), static_cast<unsigned long>(source_.bytes.size()));
      jpeg_read_header(&info_, TRUE);
    });
    // Huffman codes spend at least one bit on a block of 8 x 8 pixels; arithmetic ones may not.
    const double pixels_per_byte = info_.arith_code != 0 ? 1e6 : 8.0 * 64.0;
    const int64_t width = info_.image_width, height = info_.image_height;
    source_.check_size(width, height, pixels_per_byte);
  }

  cv::Mat read_pixels() {
    const bool inks = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
    info_.out_color_space = inks ? JCS_CMYK : JCS_RGB;
    guarded([this] { jpeg_start_decompress(&info_); });
    cv::Mat rgb = source_.allocate(info_.output_width, info_.output_height, CV_8UC3);
    std::vector<JSAMPLE> cmyk(inks ? size_t{4} * info_.output_width : 0);
    guarded([&] {
      while (info_.output_scanline < info_.output_height) {
        unsigned char* const row = rgb.ptr(static_cast<int>(info_.output_scanline));
        JSAMPROW target = inks ? cmyk.data() : row;
        jpeg_read_scanlines(&info_, &target, 1);
        if (inks) rgb_from_cmyk(cmyk, info_.saw_Adobe_marker != 0, row);
      }
      jpeg_finish_decompress(&info_);
    });
    return rgb;
  }

  int orientation() const {
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

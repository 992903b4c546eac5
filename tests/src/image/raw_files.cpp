#include "raw_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "testing/testing.hpp"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

namespace strata::image {

Bytes bytes_of(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

void put(Bytes& bytes, uint32_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(value >> 8U * i & 255U));
}

Bytes exif_block(int orientation, bool little_endian) {
  Bytes block = bytes_of(little_endian ? "II" : "MM");
  const auto put = [&](uint32_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) {
      const size_t shift = little_endian ? i : size - 1 - i;
      block.push_back(static_cast<std::byte>(value >> 8U * shift & 255U));
    }
  };
  put(42, 2);
  put(8, 4);       // where the directory begins
  put(1, 2);       // entries
  put(0x0112, 2);  // orientation
  put(3, 2);       // a 16-bit number
  put(1, 4);
  put(static_cast<uint32_t>(orientation), 2);
  put(0, 2);
  put(0, 4);  // no further directory
  return block;
}

Bytes raw_png(const RawPng& png) {
  Bytes bytes;
  png_structp out = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(out);
  png_set_write_fn(
      out, &bytes,
      [](png_structp self, png_bytep data, size_t size) {
        const auto* first = reinterpret_cast<const std::byte*>(data);
        auto& target = *static_cast<Bytes*>(png_get_io_ptr(self));
        target.insert(target.end(), first, first + size);
      },
      nullptr);
  png_set_IHDR(out, info, static_cast<png_uint_32>(png.width), static_cast<png_uint_32>(png.height),
               png.bit_depth, png.colour_type,
               png.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!png.palette.empty()) {
    png_set_PLTE(out, info, png.palette.data(), static_cast<int>(png.palette.size()));
  }
  if (!png.palette_alpha.empty()) {
    png_set_tRNS(out, info, png.palette_alpha.data(), static_cast<int>(png.palette_alpha.size()),
                 nullptr);
  }
  if (png.transparent) png_set_tRNS(out, info, nullptr, 0, &*png.transparent);
  char none[] = "";
  for (const RawPng::Text& each : png.text) {
    png_text text{};
    text.compression = each.compression;
    text.key = const_cast<char*>(each.keyword.c_str());
    text.text = const_cast<char*>(each.text.c_str());
    text.text_length = each.text.size();
    text.itxt_length = each.text.size();
    text.lang = none;
    text.lang_key = none;
    png_set_text(out, info, &text, 1);
  }
  if (!png.exif.empty()) {
    Bytes exif = png.exif;
    png_set_eXIf_1(out, info, static_cast<png_uint_32>(exif.size()),
                   reinterpret_cast<png_bytep>(exif.data()));
  }
  if (!png.profile.empty()) {
    png_set_iCCP(out, info, "a profile", PNG_COMPRESSION_TYPE_BASE,
                 reinterpret_cast<png_const_bytep>(png.profile.data()),
                 static_cast<png_uint_32>(png.profile.size()));
  }
  png_write_info(out, info);
  if (!png.iccp.empty()) {
    png_write_chunk(out, reinterpret_cast<png_const_bytep>("iCCP"),
                    reinterpret_cast<png_const_bytep>(png.iccp.data()), png.iccp.size());
  }
  std::vector<png_bytep> rows;
  for (const auto& row : png.rows) rows.push_back(const_cast<png_bytep>(row.data()));
  png_write_image(out, rows.data());
  png_write_end(out, info);
  png_destroy_write_struct(&out, &info);
  return bytes;
}

Bytes raw_jpeg(const RawJpeg& jpeg) {
  jpeg_error_mgr errors{};
  jpeg_compress_struct info{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(jpeg.width);
  info.image_height = static_cast<JDIMENSION>(jpeg.height);
  info.input_components = jpeg.components;
  info.in_color_space = jpeg.input;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, jpeg.stored);
  jpeg_set_quality(&info, 100, TRUE);
  if (!jpeg.adobe_marker) info.write_Adobe_marker = FALSE;
  if (jpeg.progressive) jpeg_simple_progression(&info);
  if (jpeg.arithmetic) info.arith_code = TRUE;
  jpeg_start_compress(&info, TRUE);
  if (!jpeg.exif.empty()) {
    Bytes marker = bytes_of(std::string("Exif\0\0", 6));
    marker.insert(marker.end(), jpeg.exif.begin(), jpeg.exif.end());
    jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(marker.data()),
                      static_cast<unsigned>(marker.size()));
  }
  if (!jpeg.profile.empty()) {
    jpeg_write_icc_profile(&info, reinterpret_cast<const JOCTET*>(jpeg.profile.data()),
                           static_cast<unsigned>(jpeg.profile.size()));
  }
  const auto row_size = static_cast<size_t>(jpeg.width) * static_cast<size_t>(jpeg.components);
  std::vector<JSAMPLE> row(row_size);
  while (info.next_scanline < info.image_height) {
    for (size_t i = 0; i < row_size; ++i) {
      row[i] = jpeg.samples[(info.next_scanline * row_size + i) % jpeg.samples.size()];
    }
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&info, &pointer, 1);
  }
  jpeg_finish_compress(&info);
  const auto* first = reinterpret_cast<const std::byte*>(buffer);
  Bytes bytes(first, first + size);
  jpeg_destroy_compress(&info);
  std::free(buffer);
  return bytes;
}

Bytes raw_tiff(const RawTiff& raw) {
  const testing::TemporaryFolder folder;
  TIFF* tiff = TIFFOpen((folder / "raw.tif").c_str(), raw.big ? "w8" : "w");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, raw.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, raw.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, raw.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, raw.samples);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, raw.sample_format);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, raw.photometric);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, raw.planar);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, raw.compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, raw.orientation);
  if (raw.extra) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &*raw.extra);
  if (!raw.description.empty()) {
    TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, raw.description.c_str());
  }
  if (!raw.profile.empty()) {
    TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<uint32_t>(raw.profile.size()),
                 raw.profile.data());
  }
  if (!raw.colour_map.empty()) {
    const size_t third = raw.colour_map.size() / 3;
    TIFFSetField(tiff, TIFFTAG_COLORMAP, raw.colour_map.data(), raw.colour_map.data() + third,
                 raw.colour_map.data() + 2 * third);
  }
  const uint32_t block_width = raw.tile > 0 ? raw.tile : raw.width;
  const uint32_t block_height = raw.tile > 0 ? raw.tile : 2;
  if (raw.tile > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, raw.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, raw.tile);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, block_height);
  }
  const bool planes = raw.planar == PLANARCONFIG_SEPARATE;
  uint32_t block = 0;
  for (uint32_t plane = 0; plane < (planes ? raw.samples : 1U); ++plane) {
    for (uint32_t y = 0; y < raw.height; y += block_height) {
      for (uint32_t x = 0; x < raw.width; x += block_width) {
        std::vector<unsigned char> data;
        const uint32_t rows = raw.tile > 0 ? block_height : std::min(block_height, raw.height - y);
        for (uint32_t row = y; row < y + rows; ++row) {
          for (uint32_t column = x; column < x + block_width; ++column) {
            for (uint32_t c = 0; c < (planes ? 1U : raw.samples); ++c) {
              const uint32_t value = raw.at(column, row, planes ? plane : c);
              for (uint32_t shift = 0; shift < raw.bits; shift += 8) {
                data.push_back(static_cast<unsigned char>(value >> shift & 255U));
              }
            }
          }
        }
        const auto size = static_cast<tmsize_t>(data.size());
        if (raw.tile > 0) {
          TIFFWriteEncodedTile(tiff, block++, data.data(), size);
        } else {
          TIFFWriteEncodedStrip(tiff, block++, data.data(), size);
        }
      }
    }
  }
  TIFFClose(tiff);
  return read_file(folder / "raw.tif");
}

Bytes flipped(const Bytes& bytes, size_t offset, unsigned pattern) {
  Bytes changed = bytes;
  changed[offset] ^= static_cast<std::byte>(pattern);
  return changed;
}

Picture decoded(const Bytes& bytes) { return decode(bytes, "name"); }

Picture noise(int width, int height, int bits, bool alpha, uint64_t seed) {
  Random random(seed, "noise");
  const auto fill = [&](int channels) {
    cv::Mat pixels(height, width, CV_MAKETYPE(bits == 16 ? CV_16U : CV_8U, channels));
    for (size_t i = 0; i < pixels.total() * pixels.elemSize(); ++i) {
      pixels.data[i] = static_cast<unsigned char>(random.below(256));
    }
    return pixels;
  };
  Picture picture;
  picture.rgb = fill(3);
  if (alpha) picture.alpha = fill(1);
  return picture;
}

bool same_pixels(const Picture& a, const Picture& b) {
  if (a.rgb.size() != b.rgb.size() || a.rgb.type() != b.rgb.type() ||
      a.alpha.empty() != b.alpha.empty()) {
    return false;
  }
  if (cv::norm(a.rgb, b.rgb, cv::NORM_INF) != 0.0) return false;
  return a.alpha.empty() ||
         (a.alpha.type() == b.alpha.type() && cv::norm(a.alpha, b.alpha, cv::NORM_INF) == 0.0);
}

void expect_robust(const Bytes& whole, size_t spare) {
  const Picture picture = decoded(whole);
  ::testing::internal::CaptureStderr();
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    try {
      const Picture made = decoded(cut);
      EXPECT_TRUE(size + spare >= whole.size() && same_pixels(made, picture))
          << size << " of " << whole.size() << " bytes were taken for a picture";
    } catch (const InputError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("name: ")) << error.what();
    }
  }
  Random random(1, "flips");
  for (int i = 0; i < 2000; ++i) {
    Bytes changed = whole;
    for (uint64_t n = 1 + random.below(4); n > 0; --n) {
      changed[random.below(changed.size())] = static_cast<std::byte>(random.below(256));
    }
    try {
      DecodeOptions options;
      options.max_pixels = 1 << 20;
      const Picture made = decode(changed, "name", options);
      EXPECT_GE(made.width(), 1);
    } catch (const InputError&) {
    }
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace strata::image

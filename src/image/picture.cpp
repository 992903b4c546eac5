#include "image/picture.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "image/bmp.hpp"
#include "image/jpeg.hpp"
#include "image/png.hpp"
#include "image/source.hpp"
#include "image/tiff.hpp"
#include "image/webp.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace strata::image {
namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

namespace {

using Decoder = Picture (*)(const Source&);

/// The decoder for a file that begins so; null where no format does.
Decoder decoder_for(std::string_view begin) {
  if (begin.starts_with("\x89PNG\r\n\x1a\n"sv)) return decode_png;
  if (begin.starts_with("\xff\xd8\xff"sv)) return decode_jpeg;
  for (const std::string_view magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (begin.starts_with(magic)) return decode_tiff;
  }
  if (begin.starts_with("RIFF"sv) && begin.substr(0, 12).ends_with("WEBP"sv)) return decode_webp;
  if (begin.starts_with("BM"sv)) return decode_bmp;
  return nullptr;
}

using Encoder = std::vector<std::byte> (*)(const Picture&, const EncodeOptions&);

struct Format {
  std::string_view ending;
  Encoder encode;
  int64_t longest_side;
  bool has_alpha;
  bool has_16_bits;
};
constexpr std::array<Format, 6> kFormats = {{{".png", encode_png, 0x7fffffff, true, true},
                                             {".jpg", encode_jpeg, 65500, false, false},
                                             {".jpeg", encode_jpeg, 65500, false, false},
                                             {".tif", encode_tiff, 0x7fffffff, true, true},
                                             {".tiff", encode_tiff, 0x7fffffff, true, true},
                                             {".webp", encode_webp, 16383, true, false}}};

const Format& format_of(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [&](const Format& format) { return format.ending == ending; });
  if (found != kFormats.end()) return *found;
  std::vector<std::string> known;
  for (const Format& format : kFormats) known.emplace_back(format.ending);
  throw UsageError(fmt::format("{}: the ending '{}' is not one a picture is written with: {}",
                               file.string(), ending, join(known)));
}

void check_picture(const Picture& picture) {
  const int depth = picture.rgb.depth();
  STRATA_CHECK(
      !picture.rgb.empty() && picture.rgb.channels() == 3 && (depth == CV_8U || depth == CV_16U),
      "a picture is 8 or 16 bit RGB");
  STRATA_CHECK(picture.alpha.empty() || (picture.alpha.size() == picture.rgb.size() &&
                                         picture.alpha.type() == CV_MAKETYPE(depth, 1)),
               "alpha has the size and depth of the colours");
}

}  // namespace

Picture decode(const fs::path& file, const DecodeOptions& options) {
  return decode(read_file(file), file.string(), options);
}

Picture decode(std::span<const std::byte> bytes,
               const std::string& name,
               const DecodeOptions& options) {
  const Source source{bytes, name, options.max_pixels};
  if (bytes.empty()) source.fail("is empty");
  const Decoder decoder = decoder_for({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (decoder == nullptr) {
    source.fail("is not a picture; PNG, JPEG, TIFF, WebP and BMP are read");
  }
  return decoder(source);
}

void encode(const fs::path& file, const Picture& picture, const EncodeOptions& options) {
  check_picture(picture);
  const Format& format = format_of(file);
  if (!format.has_alpha && !picture.alpha.empty()) {
    throw UsageError(fmt::format("{}: {} holds no transparency; use .png, .tiff or .webp",
                                 file.string(), format.ending));
  }
  const int64_t side = std::max(picture.width(), picture.height());
  if (side > format.longest_side) {
    throw UsageError(fmt::format("{}: {} holds at most {} pixels a side, not {}; use .png",
                                 file.string(), format.ending, format.longest_side, side));
  }
  if (options.jpeg_quality < 1 || options.jpeg_quality > 100) {
    throw UsageError(
        fmt::format("jpeg_quality: found {}, allowed are 1 to 100", options.jpeg_quality));
  }
  AtomicFile target(file);  // before the work of encoding, which may be long
  target.write(format.encode(picture, options));
  target.commit();
}

void check_encodable(const fs::path& file, int bits) {
  const Format& format = format_of(file);
  if (bits != 8 && bits != 16) {
    throw UsageError(fmt::format("bits: found {}, a picture has 8 or 16", bits));
  }
  if (bits == 16 && !format.has_16_bits) {
    throw UsageError(
        fmt::format("bits: {} holds 8 bits only, not 16; use .png or .tiff", file.string()));
  }
}

bool holds_alpha(const fs::path& file) { return format_of(file).has_alpha; }

}  // namespace strata::image

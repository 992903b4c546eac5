#include "image/colour_profile.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <lcms2.h>

namespace strata::image {
namespace {

struct Deleter {
  void operator()(cmsContext context) const { cmsDeleteContext(context); }
};
using Context = std::unique_ptr<std::remove_pointer_t<cmsContext>, Deleter>;

struct ProfileCloser {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using ProfileHandle = std::unique_ptr<void, ProfileCloser>;

struct TransformDeleter {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
using Transform = std::unique_ptr<void, TransformDeleter>;

/// Keeps what lcms says last instead of printing it.
void on_error(cmsContext context, cmsUInt32Number /*code*/, const char* text) noexcept {
  *static_cast<std::string*>(cmsGetContextUserData(context)) = text;
}

ProfileHandle open_profile(cmsContext context, std::span<const std::byte> icc) {
  return ProfileHandle(
      cmsOpenProfileFromMemTHR(context, icc.data(), static_cast<cmsUInt32Number>(icc.size())));
}

/// A picture's profile beside that of sRGB.
class Conversion {
 public:
  explicit Conversion(std::span<const std::byte> icc)
      : context_(cmsCreateContext(nullptr, &message_)) {
    if (context_ == nullptr) throw ResourceError("not enough memory for a colour profile");
    cmsSetLogErrorHandlerTHR(context_.get(), on_error);
    srgb_ = open_profile(context_.get(), srgb_profile());
    profile_ = open_profile(context_.get(), icc);
    STRATA_CHECK(srgb_ != nullptr, "sRGB's own profile");
  }

  /// Why pixels of this kind cannot be converted; "" where they can.
  std::string problem(PixelKind kind) const {
    if (profile_ == nullptr) return reason();
    const std::string space = space_name();
    const bool suits = kind == PixelKind::cmyk   ? space == "CMYK"
                       : kind == PixelKind::grey ? space == "grey" || space == "RGB"
                                                 : space == "RGB";
    if (suits) return exact() == nullptr ? reason() : "";
    const char* pixels = kind == PixelKind::cmyk   ? "CMYK"
                         : kind == PixelKind::grey ? "grey"
                                                   : "RGB";
    return fmt::format("it is one of {}, and the pixels are {}", space, pixels);
  }

  /// Whether no colour is moved by half a level of pixels with `bits`.
  bool changes_nothing(int bits) const {
    if (channels() > 3) return false;
    const Transform transform = exact();
    const int steps = channels() == 1 ? 729 : 9;
    const auto level = [&](int i) { return static_cast<float>(i) / static_cast<float>(steps - 1); };
    double largest = 0.0;
    for (int i = 0; i < 729; ++i) {
      std::array<float, 3> from = {level(i % steps), level(i / 9 % 9), level(i / 81)};
      if (channels() == 1) from = {level(i), level(i), level(i)};
      std::array<float, 3> to{};
      cmsDoTransform(transform.get(), from.data(), to.data(), 1);
      for (size_t c = 0; c < 3; ++c) {
        largest = std::max(largest, std::abs(double{to[c]} - double{from[c]}));
      }
    }
    return largest < 0.5 / (bits == 16 ? 65535.0 : 255.0);
  }

  /// Three channels, or four of ink.
  cv::Mat convert(const cv::Mat& pixels) const {
    const bool deep = pixels.depth() == CV_16U;
    const auto bytes = static_cast<cmsUInt32Number>(deep ? 2 : 1);
    // lcms resamples on a grid to be quick, which loses levels at steep curves; its way for 8 bits
    // and a matrix does not.
    const bool quick = !deep && channels() == 3 && cmsIsMatrixShaper(profile_.get()) != 0;
    const Transform transform = make(format(bytes, false), deep ? TYPE_RGB_16 : TYPE_RGB_8,
                                     quick ? 0 : cmsFLAGS_NOOPTIMIZE);
    if (transform == nullptr) throw ResourceError("not enough memory to convert colours");
    cv::Mat from = pixels;
    if (channels() == 1) cv::extractChannel(pixels, from, 0);
    cv::Mat rgb(pixels.size(), deep ? CV_16UC3 : CV_8UC3);
    for (int y = 0; y < rgb.rows; ++y) {
      cmsDoTransform(transform.get(), from.ptr(y), rgb.ptr(y),
                     static_cast<cmsUInt32Number>(rgb.cols));
    }
    return rgb;
  }

 private:
  std::string reason() const { return message_.empty() ? "it is broken" : message_; }

  std::string space_name() const {
    switch (cmsGetColorSpace(profile_.get())) {
      case cmsSigGrayData:
        return "grey";
      case cmsSigRgbData:
        return "RGB";
      case cmsSigCmykData:
        return "CMYK";
      default:
        return "another colour space";
    }
  }

  cmsUInt32Number channels() const {
    const std::string space = space_name();
    return space == "grey" ? 1 : space == "RGB" ? 3 : 4;
  }

  cmsUInt32Number format(cmsUInt32Number bytes, bool floating) const {
    const cmsUInt32Number space = channels() == 1 ? PT_GRAY : channels() == 3 ? PT_RGB : PT_CMYK;
    return FLOAT_SH(floating ? 1U : 0U) | COLORSPACE_SH(space) | CHANNELS_SH(channels()) |
           BYTES_SH(bytes);
  }

  Transform make(cmsUInt32Number from, cmsUInt32Number to, cmsUInt32Number flags) const {
    return Transform(cmsCreateTransformTHR(context_.get(), profile_.get(), from, srgb_.get(), to,
                                           INTENT_RELATIVE_COLORIMETRIC,
                                           flags | cmsFLAGS_BLACKPOINTCOMPENSATION));
  }

  /// In floating point, without lcms' approximations; null where the profile lacks something.
  Transform exact() const { return make(format(4, true), TYPE_RGB_FLT, cmsFLAGS_NOOPTIMIZE); }

  std::string message_;
  Context context_;
  ProfileHandle srgb_, profile_;
};

template <class T>
cv::Mat rgb_from_inks(const cv::Mat& cmyk) {
  constexpr uint64_t kFull = std::numeric_limits<T>::max();
  cv::Mat rgb(cmyk.size(), CV_MAKETYPE(cmyk.depth(), 3));
  for (int y = 0; y < cmyk.rows; ++y) {
    const T* from = cmyk.ptr<T>(y);
    T* to = rgb.ptr<T>(y);
    for (int x = 0; x < cmyk.cols; ++x, from += 4, to += 3) {
      for (int c = 0; c < 3; ++c) {
        to[c] = static_cast<T>(((kFull - from[c]) * (kFull - from[3]) + kFull / 2) / kFull);
      }
    }
  }
  return rgb;
}

cv::Mat without_profile(const cv::Mat& pixels, PixelKind kind) {
  if (kind != PixelKind::cmyk) return pixels;
  return pixels.depth() == CV_16U ? rgb_from_inks<uint16_t>(pixels)
                                  : rgb_from_inks<uint8_t>(pixels);
}

std::vector<std::byte> make_srgb_profile() {
  const ProfileHandle profile(cmsCreate_sRGBProfile());
  cmsUInt32Number size = 0;
  bool good = profile != nullptr && cmsSaveProfileToMem(profile.get(), nullptr, &size) != 0;
  std::vector<std::byte> bytes(size);
  good = good && cmsSaveProfileToMem(profile.get(), bytes.data(), &size) != 0;
  if (!good) throw ResourceError("not enough memory for a colour profile");
  // The header says when the profile was made; the same picture is to give the same file.
  constexpr std::array<unsigned char, 12> kDate = {0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0};
  std::transform(kDate.begin(), kDate.end(), bytes.begin() + 24,
                 [](unsigned char value) { return std::byte{value}; });
  return bytes;
}

}  // namespace

cv::Mat to_srgb(const cv::Mat& pixels,
                PixelKind kind,
                std::span<const std::byte> profile,
                std::string& warning) {
  const bool ours = kind != PixelKind::cmyk && std::ranges::equal(profile, srgb_profile());
  if (profile.empty() || ours) return without_profile(pixels, kind);
  if (profile.size() > kLargestProfile) {
    warning = unusable_profile(
        fmt::format("its {} bytes are more than the {} allowed", profile.size(), kLargestProfile));
    return without_profile(pixels, kind);
  }
  const Conversion conversion(profile);
  const std::string problem = conversion.problem(kind);
  if (!problem.empty()) {
    warning = unusable_profile(problem);
    return without_profile(pixels, kind);
  }
  if (conversion.changes_nothing(pixels.depth() == CV_16U ? 16 : 8)) return pixels;
  return conversion.convert(pixels);
}

std::string unusable_profile(std::string_view why) {
  return fmt::format("its colour profile cannot be used, so its colours are taken for sRGB: {}",
                     why);
}

std::span<const std::byte> srgb_profile() {
  static const std::vector<std::byte> profile = make_srgb_profile();
  return profile;
}

}  // namespace strata::image

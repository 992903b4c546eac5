#include "image/source.hpp"

#include "base/error.hpp"

#include <array>
#include <limits>
#include <new>

#include <fmt/format.h>

namespace strata::image {

void Source::fail(std::string_view why) const { throw InputError(name, why); }

void Source::ends_early() const { fail("truncated or corrupt: it ends early"); }

void Source::check_size(int64_t width, int64_t height, double pixels_per_byte) const {
  constexpr int64_t kLargestSide = std::numeric_limits<int32_t>::max();
  if (width < 1 || height < 1 || width > kLargestSide || height > kLargestSide) {
    fail(fmt::format("its header says {} x {} pixels, which no picture has", width, height));
  }
  if (width > max_pixels / height) {
    fail(fmt::format("has {} x {} pixels, more than the {} allowed", width, height, max_pixels));
  }
  if (static_cast<double>(width) * static_cast<double>(height) >
      pixels_per_byte * static_cast<double>(bytes.size())) {
    fail(fmt::format("truncated or corrupt: its {} bytes cannot hold {} x {} pixels", bytes.size(),
                     width, height));
  }
}

cv::Mat Source::allocate(int64_t width, int64_t height, int type) const {
  constexpr int64_t kBeyondAnyMachine = int64_t{1} << 44U;  // and OpenCV's sizes wrap around
  try {
    if (width > kBeyondAnyMachine / height) throw std::bad_alloc();
    return cv::Mat(static_cast<int>(height), static_cast<int>(width), type);
  } catch (const cv::Exception&) {  // OpenCV's way of saying bad_alloc
  } catch (const std::bad_alloc&) {
  }
  throw ResourceError(fmt::format("{}: not enough memory for {} x {} pixels", name, width, height));
}

cv::Mat to_8_bit(const cv::Mat& pixels) {
  if (pixels.depth() != CV_16U) return pixels;
  cv::Mat rounded;
  pixels.convertTo(rounded, CV_8U, 1.0 / 257.0);  // 65535 = 257 * 255
  return rounded;
}

std::pair<cv::Mat, cv::Mat> split_alpha(const cv::Mat& pixels) {
  if (pixels.channels() == 3) return {pixels, cv::Mat()};
  STRATA_CHECK(pixels.channels() == 4, "RGB or RGBA is expected");
  std::array<cv::Mat, 2> parts = {cv::Mat(pixels.size(), CV_MAKETYPE(pixels.depth(), 3)),
                                  cv::Mat(pixels.size(), CV_MAKETYPE(pixels.depth(), 1))};
  constexpr std::array<int, 8> kFromTo = {0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(&pixels, 1, parts.data(), parts.size(), kFromTo.data(), 4);
  return {parts[0], parts[1]};
}

cv::Mat join_alpha(const cv::Mat& rgb, const cv::Mat& alpha) {
  if (alpha.empty()) return rgb;
  const std::array<cv::Mat, 2> parts = {rgb, alpha};
  cv::Mat pixels(rgb.size(), CV_MAKETYPE(rgb.depth(), 4));
  constexpr std::array<int, 8> kFromTo = {0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(parts.data(), parts.size(), &pixels, 1, kFromTo.data(), 4);
  return pixels;
}

}  // namespace strata::image

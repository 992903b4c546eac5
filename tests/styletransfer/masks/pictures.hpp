#pragma once

#include "image/picture.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace strata::testing {

/// A PNG of colours by position, 0xrrggbb or, where `with_alpha`, 0xaarrggbb.
inline std::string write_colours(const std::filesystem::path& file,
                                 int width,
                                 int height,
                                 const std::function<uint32_t(int x, int y)>& colour,
                                 bool with_alpha = false) {
  image::Picture picture;
  picture.rgb.create(height, width, CV_8UC3);
  if (with_alpha) picture.alpha.create(height, width, CV_8UC1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const uint32_t c = colour(x, y);
      picture.rgb.at<cv::Vec3b>(y, x) = cv::Vec3b(
          static_cast<uint8_t>(c >> 16U), static_cast<uint8_t>(c >> 8U), static_cast<uint8_t>(c));
      if (with_alpha) picture.alpha.at<uint8_t>(y, x) = static_cast<uint8_t>(c >> 24U);
    }
  }
  image::encode(file, picture);
  return file.string();
}

/// A grey mask: white from column `edge` on.
inline std::string write_right_side(const std::filesystem::path& file,
                                    int width,
                                    int height,
                                    int edge) {
  return write_colours(file, width, height, [=](int x, int) { return x >= edge ? 0xffffffU : 0U; });
}

}  // namespace strata::testing

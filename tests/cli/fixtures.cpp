#include "cli/fixtures.hpp"

#include "base/file.hpp"
#include "base/random.hpp"
#include "image/picture.hpp"
#include "weights/state_dict.hpp"

#include <cmath>
#include <string>

#include <ATen/ops/ones.h>
#include <fmt/format.h>

namespace strata::testing {
namespace fs = std::filesystem;

namespace {

void write_stripes(const fs::path& file, int width, int height, uint64_t seed, double frequency) {
  Random random(seed, "fixtures");
  const double hue = random.uniform(), phase = random.uniform() * 6.28;
  image::Picture picture;
  picture.rgb = cv::Mat(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      auto& pixel = picture.rgb.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c) {
        const double wave = std::sin(frequency * (x + 0.5 * y) + phase + 2 * c * hue);
        const double value = 128 + 90 * wave + 12 * random.normal();
        pixel[c] = static_cast<unsigned char>(std::min(255.0, std::max(0.0, value)));
      }
    }
  }
  image::encode(file, picture);
}

}  // namespace

void write_picture(const fs::path& file, int width, int height, uint64_t seed) {
  write_stripes(file, width, height, seed, 0.3);
}

void write_image_folder(const fs::path& folder, int classes, int per_class, int side) {
  for (int c = 0; c < classes; ++c) {
    const fs::path inside = folder / fmt::format("class_{}", c);
    make_folder(inside);
    for (int i = 0; i < per_class; ++i) {
      write_stripes(inside / fmt::format("picture_{:02}.png", i), side, side,
                    static_cast<uint64_t>(1000 * c + i), 0.15 + 0.5 * c);
    }
  }
}

void write_other_weights(const fs::path& file) {
  weights::write_safetensors(
      file, {{"encoder.block.weight", at::ones({4, 4})}, {"encoder.block.bias", at::ones({4})}});
}

void write_malicious_checkpoint(const fs::path& file, const fs::path& marker) {
  // Protocol 2: magic number, protocol and system info of a legacy torch file, then os.system(...).
  const std::string command = "touch " + marker.string();
  std::string bytes = std::string("\x80\x02\x8a\x0a", 4) +
                      std::string("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10) + ".";
  bytes += std::string("\x80\x02", 2) + "M\xe9\x03.";
  bytes += std::string("\x80\x02", 2) + "}.";
  bytes += std::string("\x80\x02", 2) + "cposix\nsystem\n";
  const auto size = static_cast<uint32_t>(command.size());
  bytes += "X";
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(size >> (8 * i) & 255U);
  bytes += command + "\x85R.";
  bytes += std::string("\x80\x02", 2) + "].";
  write_file(file, bytes);
}

}  // namespace strata::testing

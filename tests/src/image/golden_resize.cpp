#include "golden_resize.hpp"

#include "base/file.hpp"

#include <filesystem>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace strata::image {
namespace {

std::vector<GoldenResize> read_all() {
  const std::filesystem::path folder = std::filesystem::path(STRATA_SOURCE_DIR) / "tests/golden";
  const auto cases = nlohmann::json::parse(read_text(folder / "resize.json"));
  std::vector<std::byte> bytes = read_file(folder / "resize.bin");
  std::vector<GoldenResize> all;
  for (const auto& each : cases) {
    GoldenResize golden;
    golden.peer = each.at("peer");
    golden.method = each.value("method", "");
    golden.height = each.at("source").at(0);
    golden.width = each.at("source").at(1);
    golden.resize = each.value("resize", 0);
    golden.size = each.value("size", 0);
    const auto shape = each.at("shape").get<std::vector<int64_t>>();
    const auto type = each.at("type") == "uint8" ? at::kByte : at::kFloat;
    golden.values = at::empty(shape, type);
    std::memcpy(golden.values.data_ptr(), bytes.data() + each.at("offset").get<size_t>(),
                golden.values.nbytes());
    all.push_back(golden);
  }
  return all;
}

template <class Keep>
std::vector<GoldenResize> filtered(const Keep& keep) {
  std::vector<GoldenResize> all = read_all();
  std::erase_if(all, [&](const GoldenResize& golden) { return !keep(golden); });
  return all;
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const GoldenResize& golden) {
  stream << golden.peer << ", " << golden.height << " x " << golden.width << " to "
         << golden.values.size(1) << " x " << golden.values.size(2);
  return stream << (golden.method.empty() ? ", cropped" : ", " + golden.method);
}

std::vector<GoldenResize> golden_resizes() {
  return filtered([](const GoldenResize& golden) { return !golden.method.empty(); });
}

std::vector<GoldenResize> golden_crops() {
  return filtered([](const GoldenResize& golden) { return golden.method.empty(); });
}

at::Tensor golden_picture(int64_t height, int64_t width) {
  at::Tensor picture = at::empty({1, 3, height, width}, at::kByte);
  auto values = picture.accessor<uint8_t, 4>();
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        values[0][c][y][x] =
            static_cast<uint8_t>(((73 * x + 151 * y + 57 * c + 11 * x * y) ^ (x * x + y)) & 255);
      }
    }
  }
  return picture;
}

at::Tensor golden_source(const GoldenResize& golden) {
  const at::Tensor picture = golden_picture(golden.height, golden.width);
  return golden.bytes() ? picture : picture.to(at::kFloat).div(255.0);
}

}  // namespace strata::image

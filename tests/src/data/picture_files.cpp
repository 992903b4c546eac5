#include "picture_files.hpp"

#include "base/file.hpp"
#include "image/picture.hpp"

#include <numeric>

#include <opencv2/core.hpp>

namespace strata::data {

void touch(const std::filesystem::path& file) {
  make_folder(file.parent_path());
  write_file(file, "");
}

void write_picture(const std::filesystem::path& file, int width, int height, int red) {
  make_folder(file.parent_path());
  image::Picture picture;
  picture.rgb = cv::Mat(height, width, CV_8UC3, cv::Scalar(red, 100, 200));
  image::encode(file, picture);
}

std::vector<std::string> names_of(const Dataset& dataset) {
  std::vector<std::string> names;
  for (const Item& item : dataset.items) names.push_back(item.name);
  return names;
}

std::vector<size_t> all_rows(const Dataset& dataset) {
  std::vector<size_t> rows(dataset.items.size());
  std::iota(rows.begin(), rows.end(), size_t{0});
  return rows;
}

}  // namespace strata::data

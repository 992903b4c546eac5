#include "styletransfer/styles.hpp"

#include "base/enum_names.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

namespace fs = std::filesystem;

const EnumNames<Blend>& blends() {
  static const EnumNames<Blend> names("blend:",
                                      {{"targets", Blend::targets}, {"losses", Blend::losses}});
  return names;
}

bool exists(const std::string& file) {
  std::error_code error;
  return fs::exists(file, error);
}

bool is_picture(const fs::path& file) {
  static const std::set<std::string> extensions{".jpg",  ".jpeg", ".png", ".tif",
                                                ".tiff", ".webp", ".bmp", ".ppm"};
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extensions.contains(extension);
}

std::vector<std::string> pictures_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_picture(entry.path())) files.push_back(entry.path().string());
  }
  if (files.empty()) throw InputError(folder, "a folder without pictures");
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<double> number_from(std::string_view text) {
  double number = 0.0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

// The name and its weight.
StyleFile read(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (exists(text) || colon == std::string::npos) return {text, 1.0};
  const std::string file = text.substr(0, colon);
  const auto weight = number_from(std::string_view(text).substr(colon + 1));
  if (!weight && !exists(file)) return {text, 1.0};
  if (!weight || !std::isfinite(*weight) || *weight <= 0.0) {
    throw UsageError(
        fmt::format("style \"{}\": the weight must be a positive number, as in {}:2", text, file));
  }
  return {file, *weight};
}

}  // namespace

std::vector<StyleFile> parse_styles(const std::vector<std::string>& texts) {
  std::vector<StyleFile> styles;
  double sum = 0.0;
  for (const std::string& text : texts) {
    const StyleFile style = read(text);
    sum += style.share;
    std::error_code error;
    if (!fs::is_directory(style.file, error)) {
      styles.push_back(style);
      continue;
    }
    const std::vector<std::string> files = pictures_in(style.file);
    for (const std::string& file : files) {
      styles.push_back({file, style.share / static_cast<double>(files.size())});
    }
  }
  for (StyleFile& style : styles) style.share /= sum;
  return styles;
}

std::vector<StylePicture> load_styles(const std::vector<std::string>& texts, Log& log) {
  if (texts.empty()) throw UsageError("style: no style picture was given");
  std::vector<StylePicture> pictures;
  for (const StyleFile& style : parse_styles(texts)) {
    pictures.push_back({load_picture(style.file, "style", log), style.share});
  }
  return pictures;
}

std::vector<std::string> blend_names() { return blends().names(); }
Blend blend_from(const std::string& name) { return blends().value(name); }
std::string blend_name(Blend blend) { return blends().name(blend); }

}  // namespace strata::styletransfer

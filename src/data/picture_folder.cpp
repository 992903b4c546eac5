#include "data/picture_folder.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace strata::data {
namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 7> kEndings = {".jpg",  ".jpeg", ".png", ".tif",
                                                      ".tiff", ".webp", ".bmp"};

/// Names on the way from the root to a picture, its own last: depth 1 is a picture in the root.
struct FoundPicture {
  fs::path file;
  std::vector<std::string> parts;

  size_t depth() const { return parts.size(); }
  std::string name() const { return join(parts, "/"); }
};

struct FoundFolder {
  fs::path path;
  size_t depth = 0;
  bool has_pictures = false;  ///< in it or below
};

struct Contents {
  std::vector<FoundPicture> pictures;
  std::vector<FoundFolder> folders;
};

struct Shape {
  const char* layout;
  const char* drawing;
};
/// By depth, from 1.
constexpr std::array<Shape, 3> kShapes = {{{"flat", "ROOT/picture.jpg"},
                                           {"class", "ROOT/CLASS/picture.jpg"},
                                           {"domain/class", "ROOT/DOMAIN/CLASS/picture.jpg"}}};
// One deeper than any layout: pictures there are an error, not overlooked. The limit also ends
// circles of links.
constexpr size_t kDeepest = kShapes.size() + 1;

std::vector<fs::directory_entry> sorted_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator it(folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) entries.push_back(*it);
  if (error) throw InputError(folder, "cannot be read: " + error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// Returns whether there are pictures in `folder` or below.
bool scan(const fs::path& folder, const std::vector<std::string>& parts, Contents& contents) {
  bool any = false;
  for (const fs::directory_entry& entry : sorted_entries(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.')) continue;
    std::vector<std::string> inner = parts;
    inner.push_back(name);
    std::error_code ignored;
    if (entry.is_directory(ignored)) {
      if (inner.size() >= kDeepest) continue;
      const bool pictures = scan(entry.path(), inner, contents);
      contents.folders.push_back({entry.path(), inner.size(), pictures});
      any = any || pictures;
    } else if (is_picture_name(entry.path())) {
      contents.pictures.push_back({entry.path(), std::move(inner)});
      any = true;
    }
  }
  return any;
}

std::string expected_shapes() {
  std::vector<std::string> drawings;
  for (const Shape& shape : kShapes) {
    drawings.push_back(fmt::format("{} ({})", shape.drawing, shape.layout));
  }
  return join(drawings, ", ");
}

size_t depth_of(const fs::path& root, const Contents& contents, const std::string& layout) {
  for (size_t d = 1; d <= kShapes.size(); ++d) {
    if (layout == kShapes[d - 1].layout) return d;
  }
  const FoundPicture& first = contents.pictures.front();
  for (const FoundPicture& picture : contents.pictures) {
    if (picture.depth() != first.depth()) {
      throw InputError(root,
                       fmt::format("its pictures lie at different depths ({} and {}); expected {}",
                                   first.name(), picture.name(), expected_shapes()));
    }
  }
  if (first.depth() > kShapes.size()) {
    throw InputError(root, fmt::format("its pictures lie too deep ({}); expected {}", first.name(),
                                       expected_shapes()));
  }
  return first.depth();
}

void check_shape(const Contents& contents, size_t depth) {
  const Shape& shape = kShapes[depth - 1];
  for (const FoundPicture& picture : contents.pictures) {
    if (picture.depth() == depth) continue;
    throw InputError(picture.file, fmt::format("lies too {} for layout {}, which expects {}",
                                               picture.depth() > depth ? "deep" : "high",
                                               shape.layout, shape.drawing));
  }
  for (const FoundFolder& folder : contents.folders) {
    if (folder.depth >= depth || folder.has_pictures) continue;
    throw InputError(folder.path,
                     fmt::format("a {} without pictures; fill it or take it away",
                                 depth == 3 && folder.depth == 1 ? "domain" : "class"));
  }
}

int64_t index_in(const std::vector<std::string>& sorted, const std::string& name) {
  return std::lower_bound(sorted.begin(), sorted.end(), name) - sorted.begin();
}

}  // namespace

bool is_picture_name(const fs::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

Dataset open_picture_folder(const fs::path& root, const std::string& layout) {
  Contents contents;
  scan(root, {}, contents);
  if (contents.pictures.empty()) {
    throw InputError(
        root, fmt::format("holds no pictures ({}); expected {}",
                          join(std::vector<std::string>(kEndings.begin(), kEndings.end()), " "),
                          expected_shapes()));
  }
  const size_t depth = depth_of(root, contents, layout);
  check_shape(contents, depth);

  std::set<std::string> classes, domains;
  for (const FoundPicture& picture : contents.pictures) {
    if (depth >= 2) classes.insert(picture.parts[depth - 2]);
    if (depth == 3) domains.insert(picture.parts[0]);
  }
  Dataset dataset{root,
                  kShapes[depth - 1].layout,
                  {classes.begin(), classes.end()},
                  {domains.begin(), domains.end()},
                  {}};
  for (const FoundPicture& picture : contents.pictures) {
    Item item;
    item.file = picture.file;
    item.name = picture.name();
    if (depth >= 2) item.label = index_in(dataset.classes, picture.parts[depth - 2]);
    if (depth == 3) item.domain = index_in(dataset.domains, picture.parts[0]);
    dataset.items.push_back(std::move(item));
  }
  return dataset;
}

}  // namespace strata::data

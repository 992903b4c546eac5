#include "nn/model_paths.hpp"

#include "base/text.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value == nullptr ? "" : value;
}

std::vector<fs::path> folders_of(const char* variable) {
  std::vector<fs::path> folders;
  for (const std::string& folder : split(environment(variable), ':')) {
    if (!folder.empty()) folders.emplace_back(folder);
  }
  return folders;
}

void add_if_there(std::vector<fs::path>& folders, const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) folders.push_back(folder);
}

}  // namespace

ModelPaths ModelPaths::standard() {
  ModelPaths paths;
  for (const fs::path& folder : folders_of("STRATA_CONFIGS")) {
    paths.cards.push_back(folder / "networks");
  }
  paths.weights = folders_of("STRATA_WEIGHTS");

  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    const fs::path share = program.parent_path().parent_path() / "share" / "strata";
    add_if_there(paths.cards, share / "configs" / "networks");
    add_if_there(paths.weights, share / "weights");
  }

  const fs::path tree = STRATA_SOURCE_DIR;
  add_if_there(paths.cards, tree / "configs" / "networks");
  add_if_there(paths.weights, tree / "assets" / "weights");
  add_if_there(paths.weights, tree.parent_path() / "shared" / "data" / "weights");

  const std::string cache = environment("XDG_CACHE_HOME"), home = environment("HOME");
  if (!cache.empty()) {
    paths.weights.push_back(fs::path(cache) / "strata" / "weights");
  } else if (!home.empty()) {
    paths.weights.push_back(fs::path(home) / ".cache" / "strata" / "weights");
  }
  return paths;
}

}  // namespace strata::nn

#include "cli/print.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <nlohmann/json.hpp>

namespace strata::cli {

void print(const std::string& text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if ((!whole || std::fflush(stdout) != 0) && errno != EPIPE) {
    throw ResourceError(std::string("standard output: cannot be written: ") + std::strerror(errno));
  }
}

void print_json(const nlohmann::json& value) { print(value.dump(2) + "\n"); }

}  // namespace strata::cli

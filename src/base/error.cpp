#include "base/error.hpp"

namespace strata {

void fail_check(const char* expression, const char* file, int line, const std::string& message) {
  throw Fault(std::string(file) + ":" + std::to_string(line) + ": " + message + " (" + expression +
              ")");
}

}  // namespace strata

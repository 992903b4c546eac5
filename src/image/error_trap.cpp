#include "image/error_trap.hpp"

#include <algorithm>
#include <cstring>

namespace strata::image {

void ErrorTrap::spring(const char* message) {
  const size_t length = std::min(std::strlen(message), message_.size() - 1);
  std::memcpy(message_.data(), message, length);
  message_[length] = '\0';
  std::longjmp(jump_, 1);
}

}  // namespace strata::image

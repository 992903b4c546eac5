#pragma once

#include <string>

namespace strata {

/// "0.1.0"
std::string version();

}  // namespace strata

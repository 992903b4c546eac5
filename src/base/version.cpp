#include "base/version.hpp"

namespace strata {

std::string version() { return STRATA_VERSION; }

}  // namespace strata

#pragma once

#include <string>
#include <string_view>

namespace strata::weights {

/// Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7).
bool is_utf8(std::string_view bytes);

/// Text out of a file for a one-line message: control characters and broken UTF-8 become "?", and
/// what is longer than 100 bytes is cut.
std::string printable(std::string_view text);

}  // namespace strata::weights

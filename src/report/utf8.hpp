#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace strata::report {

/// The code points of UTF-8 text; each byte that is not part of a valid sequence is U+FFFD.
std::u32string code_points(std::string_view text);

/// `text` with everything that is not valid UTF-8 replaced by U+FFFD, and control characters by
/// blanks: fit for one line on a terminal or in a picture.
std::string one_line(std::string_view text);

/// Columns that `text` takes on a terminal: 2 for East Asian wide characters and most emoji, 0 for
/// combining marks, else 1.
size_t display_width(std::string_view text);

}  // namespace strata::report

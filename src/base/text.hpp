#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

/// The candidate with the smallest edit distance (insert, delete, substitute, transpose) to `name`,
/// if that is small enough to be a likely slip: at most 2, or a third of the name's length.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

/// " (did you mean X?)" for the nearest candidate, or "" where none is near.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

std::string join(std::span<const std::string> words, std::string_view separator = ", ");

/// `text` cut at each `separator`; empty parts are kept, blanks around parts are not.
std::vector<std::string> split(std::string_view text, char separator);

/// 1536 -> "1.5 KiB".
std::string human_bytes(double bytes);

/// 3725 -> "1 h 02 min", 65 -> "1 min 05 s", 1.25 -> "1.2 s".
std::string human_seconds(double seconds);

/// Shell-style match: `*` any run of characters, `?` one character.
bool glob_match(std::string_view pattern, std::string_view text);

/// The shortest decimal that reads back as the same double ("0.1", "1e-06", "nan").
std::string shortest(double value);

}  // namespace strata

#pragma once

#include <map>
#include <string>
#include <string_view>

namespace strata::image {

// JPEG and TIFF have one place for text (comment, ImageDescription), PNG any number with keywords.
// The keyword-text pairs of a picture go into that one place as a JSON object.

/// {"keyword": "text", ...}; "" where there is no text.
std::string description_from(const std::map<std::string, std::string>& text);

/// Text of unknown encoding as UTF-8: what is not valid UTF-8 is taken for Latin-1.
std::string utf8_from(std::string_view text);

/// The reverse of description_from(). A description that is not such an object, written by another
/// program, is kept whole under `keyword`.
std::map<std::string, std::string> text_from(const std::string& description,
                                             const std::string& keyword);

}  // namespace strata::image

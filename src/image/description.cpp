#include "image/description.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace strata::image {
using nlohmann::json;

namespace {

bool is_utf8(std::string_view text) {
  try {
    json(text).dump();  // which checks its strings
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

}  // namespace

std::string description_from(const std::map<std::string, std::string>& text) {
  return text.empty()
             ? ""
             : json(text).dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
}

std::string utf8_from(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string utf8;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0U | code >> 6U);
      utf8 += static_cast<char>(0x80U | (code & 0x3fU));
    }
  }
  return utf8;
}

std::map<std::string, std::string> text_from(const std::string& description,
                                             const std::string& keyword) {
  if (description.empty()) return {};
  const json parsed = json::parse(description, nullptr, /*allow_exceptions=*/false);
  const bool ours =
      parsed.is_object() && std::all_of(parsed.begin(), parsed.end(),
                                        [](const json& value) { return value.is_string(); });
  if (ours) return parsed.get<std::map<std::string, std::string>>();
  return {{keyword, utf8_from(description)}};
}

}  // namespace strata::image

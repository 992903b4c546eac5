#include "image/description.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace strata::image {
using nlohmann::json;

std::string description_from(const std::map<std::string, std::string>& text) {
  return text.empty()
             ? ""
             : json(text).dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
}

std::map<std::string, std::string> text_from(const std::string& description,
                                             const std::string& keyword) {
  if (description.empty()) return {};
  const json parsed = json::parse(description, nullptr, /*allow_exceptions=*/false);
  const bool ours =
      parsed.is_object() && std::all_of(parsed.begin(), parsed.end(),
                                        [](const json& value) { return value.is_string(); });
  if (ours) return parsed.get<std::map<std::string, std::string>>();
  return {{keyword, description}};
}

}  // namespace strata::image

#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace strata::cli {

/// To standard output. Throws ResourceError where it cannot be written (a full disk behind a
/// redirection); a closed pipe is no error.
void print(const std::string& text);
void print_json(const nlohmann::json& value);

}  // namespace strata::cli

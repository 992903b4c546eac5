#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace strata::data {

struct CsvRecord {
  size_t line = 0;  ///< where the record starts in the file, from 1
  std::vector<std::string> fields;
};

/// The records of comma-separated text after RFC 4180: quoted fields may hold commas, line breaks
/// and doubled quotes; lines end with LF, CR LF or CR; a byte order mark at the start and empty
/// lines are skipped. `source` names the text in errors. Throws InputError with the line: a quote
/// that is never closed, text behind a closing quote, a quote inside an unquoted field; without:
/// text that is not UTF-8 or ASCII by its first bytes (UTF-16, binary).
std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& source);

}  // namespace strata::data

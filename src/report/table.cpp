#include "report/table.hpp"

#include "base/error.hpp"
#include "report/utf8.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

namespace strata::report {
namespace {

using Row = std::vector<std::string>;

/// A number, alone or followed by a unit, a percent sign or a spread: "-1.5e-3", "45 px", "87 %",
/// "0.81 ± 0.02".
bool is_number(std::string_view cell) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < cell.size() && std::isdigit(static_cast<unsigned char>(cell[i])) != 0) ++i;
    return i > begin;
  };
  if (i < cell.size() && (cell[i] == '-' || cell[i] == '+')) ++i;
  if (cell.substr(i) == "inf" || cell.substr(i) == "nan") return true;
  bool any = digits();
  if (i < cell.size() && cell[i] == '.') {
    ++i;
    any = digits() || any;
  }
  if (!any) return false;
  if (i < cell.size() && (cell[i] == 'e' || cell[i] == 'E')) {
    ++i;
    if (i < cell.size() && (cell[i] == '-' || cell[i] == '+')) ++i;
    if (!digits()) return false;
  }
  return i == cell.size() || cell[i] == ' ' || cell[i] == '%';
}

bool mostly_numbers(const std::vector<Row>& rows, size_t column) {
  size_t numbers = 0, filled = 0;
  for (const Row& row : rows) {
    if (row[column].empty()) continue;
    ++filled;
    if (is_number(row[column])) ++numbers;
  }
  return 2 * numbers > filled;
}

std::string aligned_line(const Row& cells,
                         const std::vector<size_t>& widths,
                         const std::vector<bool>& right) {
  std::string line;
  for (size_t c = 0; c < cells.size(); ++c) {
    const std::string blanks(widths[c] - display_width(cells[c]), ' ');
    if (c > 0) line += "  ";
    line += right[c] ? blanks + cells[c] : cells[c] + blanks;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string quoted(const std::string& cell) {
  const bool blank_end = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ');
  if (!blank_end && cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string csv_line(const Row& cells) {
  std::string line;
  for (size_t c = 0; c < cells.size(); ++c) line += (c > 0 ? "," : "") + quoted(cells[c]);
  // A lone empty cell would be an empty line, which readers skip.
  return (line.empty() ? "\"\"" : line) + "\n";
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  STRATA_CHECK(!columns_.empty(), "a table needs columns");
}

void Table::add(std::vector<std::string> cells) {
  STRATA_CHECK(cells.size() == columns_.size(),
               fmt::format("{} cells for {} columns", cells.size(), columns_.size()));
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<Row> lines(1);
  for (const Column& column : columns_) lines.front().push_back(one_line(column.title));
  for (const Row& row : rows_) {
    lines.emplace_back();
    for (const std::string& cell : row) lines.back().push_back(one_line(cell));
  }
  std::vector<size_t> widths(columns_.size(), 0);
  std::vector<bool> right(columns_.size());
  for (size_t c = 0; c < columns_.size(); ++c) {
    for (const Row& line : lines) widths[c] = std::max(widths[c], display_width(line[c]));
    right[c] = columns_[c].align == Align::right ||
               (columns_[c].align == Align::automatic && mostly_numbers(rows_, c));
  }
  Row rule;
  for (const size_t width : widths) rule.emplace_back(width, '-');

  std::string out = aligned_line(lines.front(), widths, right) + aligned_line(rule, widths, right);
  for (size_t i = 1; i < lines.size(); ++i) out += aligned_line(lines[i], widths, right);
  return out;
}

std::string Table::csv() const {
  Row titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::string out = csv_line(titles);
  for (const Row& row : rows_) out += csv_line(row);
  return out;
}

}  // namespace strata::report

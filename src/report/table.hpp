#pragma once

#include <string>
#include <vector>

namespace strata::report {

enum class Align {
  automatic,  ///< right where most of the column's cells are numbers, else left
  left,
  right,
};

struct Column {
  std::string title;
  Align align = Align::automatic;
};

/// Rows of text cells, for people (text) and for programs (csv). Cells are UTF-8.
class Table {
 public:
  explicit Table(std::vector<Column> columns);

  /// A row; as many cells as there are columns.
  void add(std::vector<std::string> cells);
  size_t rows() const { return rows_.size(); }

  /// A line of titles, a thin rule, then the rows; columns are aligned by what a terminal shows
  /// (wide characters count twice), two blanks apart. Line breaks inside cells become blanks. Every
  /// line ends with a newline; none with blanks.
  std::string text() const;

  /// RFC 4180: a line of titles, then the rows; cells with a comma, a quote, a line break or blanks
  /// at an end are quoted. Lines end with a newline alone, which every reader takes.
  std::string csv() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace strata::report

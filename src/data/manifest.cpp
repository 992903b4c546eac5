#include "data/manifest.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "data/csv.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace strata::data {
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kColumns = {"path", "label", "domain", "group", "split"};
constexpr size_t kLargestManifest = size_t{1} << 30U;

/// Collects what is wrong with rows, so that one run shows more than the first.
class Problems {
 public:
  explicit Problems(const fs::path& csv) : csv_(csv) {}

  void add(size_t line, const std::string& why) {
    if (++count_ <= kShown) shown_.push_back(fmt::format("line {}: {}", line, why));
  }
  void finish() const {
    if (count_ == 0) return;
    const std::string more =
        count_ > shown_.size() ? fmt::format("; and {} more", count_ - shown_.size()) : "";
    throw InputError(csv_, join(shown_, "; ") + more);
  }

 private:
  static constexpr size_t kShown = 3;
  const fs::path& csv_;
  size_t count_ = 0;
  std::vector<std::string> shown_;
};

/// Which field of a row holds each known column.
std::map<std::string, size_t> read_header(const fs::path& csv, const CsvRecord& header) {
  std::map<std::string, size_t> places;
  std::vector<std::string> others;
  for (size_t i = 0; i < header.fields.size(); ++i) {
    const std::string& name = header.fields[i];
    if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
      others.push_back(name);
    } else if (!places.emplace(name, i).second) {
      throw InputError(csv, fmt::format("line {}: two columns \"{}\"", header.line, name));
    }
  }
  for (const std::string& name : others) {
    const auto meant = nearest(name, kColumns);
    if (meant && !places.contains(*meant)) {
      throw InputError(csv, fmt::format("line {}: unknown column \"{}\" (did you mean {}?)",
                                        header.line, name, *meant));
    }
  }
  if (!places.contains("path")) {
    throw InputError(csv, fmt::format("line {}: no column path; a manifest's first line names its "
                                      "columns: {}",
                                      header.line, join(kColumns)));
  }
  return places;
}

/// The names in a column that is filled in all rows or in none.
class Names {
 public:
  Names(std::string column, Problems& problems) : column_(std::move(column)), problems_(problems) {}

  void add(size_t line, const std::string& name) {
    (name.empty() ? empty_ : filled_).push_back(line);
    if (!name.empty()) names_.insert(name);
  }
  std::vector<std::string> sorted() const {
    if (!filled_.empty()) {
      for (const size_t line : empty_) {
        problems_.add(line, fmt::format("no {}, though line {} has one", column_, filled_.front()));
      }
    }
    return {names_.begin(), names_.end()};
  }

 private:
  std::string column_;
  Problems& problems_;
  std::set<std::string> names_;
  std::vector<size_t> filled_, empty_;
};

struct Row {
  Item item;
  size_t line = 0;
  std::string label, domain;
};

/// The identity of a picture, and where it lies.
void resolve(const fs::path& csv, const std::string& path, Item& item) {
  const fs::path as_written = fs::path(path).lexically_normal();
  item.name = as_written.generic_string();
  item.file = as_written.is_absolute() ? as_written : csv.parent_path() / as_written;
}

std::vector<Row> read_rows(const fs::path& csv,
                           const std::vector<CsvRecord>& records,
                           Problems& problems) {
  const auto places = read_header(csv, records.front());
  std::map<std::string, size_t> line_of;
  std::vector<Row> rows;
  for (size_t r = 1; r < records.size(); ++r) {
    const auto& [line, fields] = records[r];
    if (fields.size() != records.front().fields.size()) {
      problems.add(line, fmt::format("{} fields where the first line has {}", fields.size(),
                                     records.front().fields.size()));
      continue;
    }
    const auto field = [&, &cells = fields](const std::string& column) {
      const auto place = places.find(column);
      return place == places.end() ? std::string() : cells[place->second];
    };
    const std::string path = field("path");
    if (path.empty()) {
      problems.add(line, "no path");
      continue;
    }
    Row row{{}, line, field("label"), field("domain")};
    resolve(csv, path, row.item);
    row.item.group = field("group");
    row.item.split = field("split");
    const auto [earlier, is_new] = line_of.emplace(row.item.name, line);
    std::error_code ignored;
    if (!is_new) {
      problems.add(line, fmt::format("{} is on line {} already", path, earlier->second));
    } else if (!fs::exists(row.item.file, ignored)) {
      problems.add(line, fmt::format("no such file: {}", row.item.file.string()));
    } else if (fs::is_directory(row.item.file, ignored)) {
      problems.add(line, fmt::format("a folder, not a picture: {}", row.item.file.string()));
    } else {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

int64_t index_in(const std::vector<std::string>& sorted, const std::string& name) {
  if (name.empty()) return -1;
  return std::lower_bound(sorted.begin(), sorted.end(), name) - sorted.begin();
}

}  // namespace

Dataset open_manifest(const fs::path& csv) {
  const std::vector<CsvRecord> records = parse_csv(read_text(csv, kLargestManifest), csv.string());
  if (records.empty()) throw InputError(csv, "is empty; expected the columns " + join(kColumns));
  Problems problems(csv);
  std::vector<Row> rows = read_rows(csv, records, problems);

  Names labels("label", problems), domains("domain", problems);
  for (const Row& row : rows) {
    labels.add(row.line, row.label);
    domains.add(row.line, row.domain);
  }
  Dataset dataset{csv, "manifest", labels.sorted(), domains.sorted(), {}};
  problems.finish();
  if (rows.empty()) throw InputError(csv, "names no pictures");
  for (Row& row : rows) {
    row.item.label = index_in(dataset.classes, row.label);
    row.item.domain = index_in(dataset.domains, row.domain);
    dataset.items.push_back(std::move(row.item));
  }
  return dataset;
}

}  // namespace strata::data

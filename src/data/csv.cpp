#include "data/csv.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

namespace strata::data {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Parser {
 public:
  Parser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  std::vector<CsvRecord> records() {
    std::vector<CsvRecord> records;
    while (at_ < text_.size()) {
      CsvRecord record = next_record();
      const bool empty_line = record.fields.size() == 1 && record.fields.front().empty();
      if (!empty_line) records.push_back(std::move(record));
    }
    return records;
  }

 private:
  [[noreturn]] void fail(size_t line, std::string_view why) const {
    throw InputError(source_, fmt::format("line {}: {}", line, why));
  }

  CsvRecord next_record() {
    CsvRecord record{line_, {}};
    for (;;) {
      record.fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      end_of_line();
      return record;
    }
  }

  std::string plain() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') {
      if (text_[at_] == '"') fail(line_, "a quote inside a field that is not quoted");
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted() {
    const size_t opened = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      } else if (ends_line(at_)) {
        ++line_;
      }
      field += text_[at_];
    }
    if (at_ >= text_.size()) fail(opened, "a quote that is never closed");
    ++at_;
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') {
      fail(line_, "text behind a closing quote");
    }
    return field;
  }

  /// The last byte of a line's end: LF, or a CR that no LF follows.
  bool ends_line(size_t at) const {
    return text_[at] == '\n' ||
           (text_[at] == '\r' && (at + 1 >= text_.size() || text_[at + 1] != '\n'));
  }

  void end_of_line() {
    while (at_ < text_.size() && !ends_line(at_)) ++at_;
    if (at_ < text_.size()) ++at_;
    ++line_;
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
  size_t line_ = 1;
};

}  // namespace

std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& source) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw InputError(source, "is UTF-16; save it as UTF-8");
  }
  if (text.find('\0') != std::string_view::npos) throw InputError(source, "is not a text file");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return Parser(text, source).records();
}

}  // namespace strata::data
